/// What a till scans to know a member: 16 digits, of which the last is a Luhn check digit (ISO/IEC 7812-1, annex B).
///
/// The first digit is 9, which no bank card begins with, so that a till never takes one for the other. The 14 between are
/// random: whoever knows a card cannot tell the next one, and of a million members a blind guess finds one in a hundred
/// million tries.
struct CardCode: Hashable, Sendable {
  static let length = 16
  /// How many random bytes `init(random:)` takes.
  static let randomBytes = 16
  private static let firstDigit = 9
  private static let randomDigits = 14

  let digits: String

  /// A new code. The 128 random bits are reduced to 14 digits; the bias of that is below one in 10^24.
  init(random: [UInt8]) {
    precondition(random.count == Self.randomBytes)
    var number = random.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    var payload: [Int] = []
    for _ in 0..<Self.randomDigits {
      payload.append(Int(number % 10))
      number /= 10
    }
    payload.insert(Self.firstDigit, at: 0)
    digits = (payload + [Self.checkDigit(of: payload)]).map(String.init).joined()
  }

  /// Reads a scan; nil for anything that is not 16 digits with the right check digit, such as a mistyped one.
  init?(_ text: String) {
    let values = text.utf8.map { Int($0) - 48 }
    guard values.count == Self.length, values.allSatisfy((0...9).contains), values.last == Self.checkDigit(of: values.dropLast()) else {
      return nil
    }
    digits = text
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
