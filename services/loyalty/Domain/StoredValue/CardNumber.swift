/// A gift card's number.
///
/// Those that are made here have 19 digits: an 8, which neither bank cards nor member cards begin with in this system, 17 random ones, and a
/// Luhn check digit (ISO/IEC 7812-1, annex B). Of a million sold cards a blind guess finds one in a hundred thousand million tries, and
/// has no PIN then. Those of another system are taken over as they are.
struct CardNumber: Hashable, Sendable {
  /// How many random bytes `init(random:)` takes.
  static let randomBytes = 16
  static let importedLength = 8...32
  private static let firstDigit = 8
  private static let randomDigits = 17
  private static let length = 19

  let text: String

  /// A new number. The 128 random bits are reduced to 17 digits; the bias of that is below one in 10^21.
  init(random: [UInt8]) {
    precondition(random.count == Self.randomBytes)
    var number = random.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    var payload = [Self.firstDigit]
    for _ in 0..<Self.randomDigits {
      payload.append(Int(number % 10))
      number /= 10
    }
    text = (payload + [Self.checkDigit(of: payload)]).map(String.init).joined()
  }

  /// Reads a scan; nil for what can be no number, such as one of ours that was mistyped, so that junk costs no hash and no query.
  init?(_ text: String) {
    guard Self.importedLength.contains(text.utf8.count), text.utf8.allSatisfy(Self.isLetterOrDigit) else { return nil }
    let digits = text.utf8.map { Int($0) - 48 }
    if digits.count == Self.length, digits[0] == Self.firstDigit, digits.allSatisfy((0...9).contains) {
      guard digits.last == Self.checkDigit(of: digits.dropLast()) else { return nil }
    }
    self.text = text
  }

  var lastFour: String { String(text.suffix(4)) }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    default: false
    }
  }

  /// Doubles every second digit from the right, and completes the digit sum to a multiple of ten.
  private static func checkDigit(of payload: some BidirectionalCollection<Int>) -> Int {
    let sum = payload.reversed().enumerated().reduce(0) { sum, entry in
      let value = entry.offset.isMultiple(of: 2) ? entry.element * 2 : entry.element
      return sum + (value > 9 ? value - 9 : value)
    }
    return (10 - sum % 10) % 10
  }
}

/// What a customer types to spend: 4 to 8 digits.
struct CardPIN: Equatable, Sendable {
  static let length = 4...8
  static let madeLength = 6
  /// How many random bytes `init(random:)` takes.
  static let randomBytes = 8

  let digits: String

  init(random: [UInt8]) {
    precondition(random.count == Self.randomBytes)
    var number = random.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    var made = ""
    for _ in 0..<Self.madeLength {
      made += String(number % 10)
      number /= 10
    }
    digits = made
  }

  init?(_ text: String) {
    guard Self.length.contains(text.utf8.count), text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
    digits = text
  }
}
