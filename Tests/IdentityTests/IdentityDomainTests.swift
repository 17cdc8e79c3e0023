import ServiceTesting
import Testing

@testable import Identity

@Suite struct IdentityDomainTests {
  @Test func everyNewCardCodeReadsBackAndDiffers() {
    let random = SeededRandomSource()
    let codes = (0..<10_000).map { _ in CardCode(random: random.bytes(CardCode.randomBytes)) }
    #expect(Set(codes).count == 10_000)
    #expect(codes.allSatisfy { CardCode($0.digits) == $0 && $0.digits.hasPrefix("9") })
  }

  /// The first two are numbers that card networks publish for tests.
  @Test(arguments: [
    ("4111111111111111", true), ("5555555555554444", true), ("4111111111111112", false), ("5555555555554445", false),
    ("0000000000000000", true), ("", false), ("411111111111111", false), ("41111111111111111", false), ("411111111111111 ", false),
    ("４111111111111111", false),
  ])
  func aCardCodeHasSixteenDigitsAndTheRightCheckDigit(text: String, isRight: Bool) {
    #expect((CardCode(text) != nil) == isRight)
  }

  @Test func everySingleWrongDigitIsNoticed() {
    let code = CardCode(random: SeededRandomSource(seed: 7).bytes(CardCode.randomBytes)).digits
    for index in code.indices {
      for digit in "0123456789" where digit != code[index] {
        #expect(CardCode(code.replacingCharacters(in: index...index, with: String(digit))) == nil)
      }
    }
  }

  @Test func anAPIKeyKeepsAllOfItsRandomBits() {
    let zeros = [UInt8](repeating: 0, count: 32)
    var keys = Set([ApiKey(random: zeros).text])
    for bit in 0..<256 {
      var random = zeros
      random[bit / 8] = 1 << UInt8(bit % 8)
      let key = ApiKey(random: random)
      #expect(ApiKey(key.text)?.text == key.text)
      keys.insert(key.text)
    }
    #expect(keys.count == 257)
  }

  @Test func emailsThatDifferInCaseAreOne() throws {
    #expect(try EmailAddress("Straße@Example.COM").key == EmailAddress("STRASSE@example.com").key)
    #expect(try EmailAddress("É@example.com").key == EmailAddress("e\u{301}@example.com").key)
    #expect(try EmailAddress("a.b@example.com").key != EmailAddress("ab@example.com").key)
  }

  @Test func aBirthdayComesBackFromItsNumber() throws {
    let birthday = try Birthday(year: 1996, month: 2, day: 29, today: (2026, 3, 2))
    #expect(birthday.number == 19_960_229)
    #expect(Birthday(number: birthday.number) == birthday)
  }

  @Test(arguments: [(2000, true), (1900, false), (2024, true), (2026, false), (2100, false), (2400, true)])
  func aYearIsLeapByTheGregorianRule(year: Int, isLeap: Bool) {
    #expect(Birthday.isLeap(year) == isLeap)
  }
}
