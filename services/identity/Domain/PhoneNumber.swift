/// A phone number in E.164: a plus, a country code that does not begin with 0, and at most 15 digits in all (ITU-T E.164, 6.2).
///
/// Unique among members, so it is kept in its one canonical spelling. A number without a country code is refused rather than
/// completed: a guess that is wrong would give one member's number to another.
struct PhoneNumber: Hashable, Sendable {
  static let digits = 7...15

  /// Such as "+14155550100".
  let canonical: String

  enum Problem: Error, CustomStringConvertible {
    case noCountryCode, strangeCharacter, wrongLength

    var description: String {
      switch self {
      case .noCountryCode: "must begin with + and the country code"
      case .strangeCharacter: "may hold digits, spaces and -./() after the +"
      case .wrongLength: "must have \(PhoneNumber.digits.lowerBound) to \(PhoneNumber.digits.upperBound) digits"
      }
    }
  }

  /// Reads what people write: "+1 (415) 555-0100".
  init(_ text: String) throws(Problem) {
    var written = text[...]
    while written.first == " " { written.removeFirst() }
    guard written.first == "+" else { throw .noCountryCode }
    var digits = ""
    for character in written.dropFirst() {
      switch character {
      case "0"..."9" where character.isASCII: digits.append(character)
      case " ", "-", ".", "/", "(", ")": continue
      default: throw .strangeCharacter
      }
    }
    guard digits.first != "0" else { throw .noCountryCode }
    guard Self.digits.contains(digits.count) else { throw .wrongLength }
    canonical = "+" + digits
  }

  /// Takes back a number that was read before, such as from the database.
  init(canonical: String) { self.canonical = canonical }
}
