internal import Glibc

/// Memory behind which nothing may be read: a read past the end of an input ends the process, in any build and also within C libraries that no
/// sanitizer has seen.
final class GuardedMemory {
  private let start: UnsafeMutableRawPointer
  private let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
  private let capacity: Int

  init(capacity: Int) {
    let pages = (capacity + pageBytes - 1) / pageBytes
    self.capacity = pages * pageBytes
    start = mmap(nil, self.capacity + pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mprotect(start + self.capacity, pageBytes, PROT_NONE) == 0)
  }

  deinit { munmap(start, capacity + pageBytes) }

  /// The bytes, so placed that the one behind the last cannot be read.
  func hold<Result>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    precondition(bytes.count <= capacity)
    let place = start + capacity - bytes.count
    bytes.withUnsafeBytes { if let source = $0.baseAddress { place.copyMemory(from: source, byteCount: bytes.count) } }
    return try body(UnsafeRawBufferPointer(start: place, count: bytes.count))
  }
}
