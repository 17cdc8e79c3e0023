/// The name of something that an API client may do, such as "pos.checkout"; "*" is everything.
struct Scope: Hashable, Sendable {
  static let everything = "*"
  static let bytesAtMost = 64

  let name: String

  struct Problem: Error, CustomStringConvertible {
    var description: String { "must be words of a-z, 0-9 and - joined by dots, such as pos.checkout, or *" }
  }

  init(_ name: String) throws(Problem) {
    let words = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isDotted = name.utf8.count <= Self.bytesAtMost && words.allSatisfy { !$0.isEmpty && $0.allSatisfy(Self.isWordCharacter) }
    guard name == Self.everything || isDotted else { throw Problem() }
    self.name = name
  }

  private static func isWordCharacter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "-")
  }
}
