/// Makes the opaque ids of resources: a type prefix and a body that sorts by time of making (`mem_01jd…`).
///
/// An id is taken before a transaction, never inside its closure, which may run twice.
/// Two implementations: `TimeOrderedIDs`, and ServiceTesting's `SequentialIDs`.
public protocol IDGenerator: Sendable {
  /// A new id: `prefix`, an underscore and 26 characters.
  func next(_ prefix: String) -> String
}

/// 48 bits of milliseconds since 1970 and 80 random bits, in 26 lower-case characters of Crockford's alphabet.
///
/// That is a ULID in lower case. Its alphabet ascends in ASCII, so ids compare bytewise in the order of their making
/// (to the millisecond), and new rows join the right edge of an index rather than a random page of it.
public struct TimeOrderedIDs: IDGenerator {
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  private static let bodyLength = 26

  private let clock: any WallClock
  private let random: any RandomSource

  public init(clock: any WallClock = SystemClock(), random: any RandomSource = SystemRandomSource()) {
    self.clock = clock
    self.random = random
  }

  public func next(_ prefix: String) -> String {
    let milliseconds = UInt128(UInt64(max(0, clock.now().microsecondsSince1970 / 1_000))) & 0xFFFF_FFFF_FFFF
    let entropy = random.bytes(10).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    return prefix + "_" + Self.encode(milliseconds << 80 | entropy)
  }

  private static func encode(_ value: UInt128) -> String {
    String(unsafeUninitializedCapacity: bodyLength) { body in
      var rest = value
      for index in (0..<bodyLength).reversed() {
        body[index] = alphabet[Int(truncatingIfNeeded: rest & 31)]
        rest >>= 5
      }
      return bodyLength
    }
  }
}
