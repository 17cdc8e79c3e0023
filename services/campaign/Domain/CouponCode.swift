/// A code that cannot be guessed and survives being typed: fifteen random characters and a check character.
///
/// The alphabet has 32 characters, so fifteen carry 75 random bits. It leaves out 0, O, 1 and I, which people confuse. The
/// check character is computed in the field of 32 elements with a different weight for every place, which finds each
/// single wrong character and each pair of characters changed with one another; a mistyped code is told from an unknown one
/// without asking the database, and a guess is right one time in 32 at best before it is even looked up.
struct CouponCode: Sendable, Hashable {
  static let alphabet: [UInt8] = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)
  static let randomCharacters = 15
  static let randomBits = randomCharacters * 5
  static let groupLength = 4
  /// What a customer may type, hyphens and blanks included.
  static let maximumTypedBytes = 64

  /// Upper case, no hyphens: the form that is stored and looked up.
  let canonical: String

  /// "ABCD-EFGH-JKLM-NPQR": the form for people.
  var display: String {
    var text = ""
    for (index, character) in canonical.enumerated() {
      if index > 0, index.isMultiple(of: Self.groupLength) { text.append("-") }
      text.append(character)
    }
    return text
  }

  /// The code that a number of unguessable bytes comes to: five bits of each.
  init(randomBytes: [UInt8]) {
    precondition(randomBytes.count == Self.randomCharacters, "a code is made of \(Self.randomCharacters) random bytes")
    let values = randomBytes.map { $0 & 0b1_1111 }
    self.init(values: values + [Self.checkValue(of: values)])
  }

  /// Reads a code as people write it: either case, with or without hyphens and blanks. Nil when it cannot be a code.
  init?(typed: String) {
    guard typed.utf8.count <= Self.maximumTypedBytes else { return nil }
    var values: [UInt8] = []
    for byte in typed.utf8 where byte != UInt8(ascii: "-") && byte != UInt8(ascii: " ") {
      guard let value = Self.value(of: byte) else { return nil }
      values.append(value)
    }
    guard values.count == Self.randomCharacters + 1, Self.checkValue(of: values.dropLast()) == values.last else { return nil }
    self.init(values: values)
  }

  /// - Parameter canonical: from `canonical`, as the store gives it back.
  init(canonical: String) {
    self.canonical = canonical
  }

  private init(values: [UInt8]) {
    self.init(canonical: String(decoding: values.map { Self.alphabet[Int($0)] }, as: UTF8.self))
  }

  private static func value(of byte: UInt8) -> UInt8? {
    let isLowerCase = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    let upperCase = isLowerCase ? byte - 32 : byte
    return alphabet.firstIndex(of: upperCase).map(UInt8.init)
  }

  /// Horner's rule over GF(32) with x⁵ + x² + 1: each place is worth x times the place after it, the check itself 1. The
  /// powers x⁰ … x¹⁵ are all different, hence the weights are.
  private static func checkValue(of values: some Collection<UInt8>) -> UInt8 {
    values.reduce(0) { sum, value in timesX(sum ^ value) }
  }

  private static func timesX(_ value: UInt8) -> UInt8 {
    let shifted = value << 1
    return shifted & 0b10_0000 == 0 ? shifted : shifted ^ 0b10_0101
  }
}
