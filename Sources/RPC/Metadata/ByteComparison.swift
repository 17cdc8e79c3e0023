internal import Glibc

// Header names are compared with constants a dozen times a call; `Sequence.starts(with:)` and `elementsEqual` went byte by byte there and
// took three of a hundred instructions of an echo (perf, make bench-rpc, 10x32).

extension UnsafeBufferPointer<UInt8> {
  package func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && memcmp(baseAddress!, text.utf8Start, count) == 0
  }

  package func equals(_ bytes: [UInt8]) -> Bool {
    count == bytes.count && (count == 0 || memcmp(baseAddress!, bytes, count) == 0)
  }

  package func equals(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
    count == other.count && (count == 0 || memcmp(baseAddress!, other.baseAddress!, count) == 0)
  }

  package func hasPrefix(_ text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount && memcmp(baseAddress!, text.utf8Start, text.utf8CodeUnitCount) == 0
  }
}
