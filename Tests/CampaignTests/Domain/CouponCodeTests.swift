import Testing

@testable import Campaign

@Suite struct CouponCodeTests {
  static func code(_ random: inout SeededGenerator) -> CouponCode {
    CouponCode(randomBytes: (0..<CouponCode.randomCharacters).map { _ in UInt8.random(in: .min ... .max, using: &random) })
  }

  @Test func `a code carries at least 60 random bits in an alphabet without 0, O, 1 and I`() {
    #expect(CouponCode.randomBits >= 60)
    #expect(Set(CouponCode.alphabet).count == 32)
    #expect(Set(CouponCode.alphabet).isDisjoint(with: Array("0O1I".utf8)))
  }

  @Test func `each random bit makes another code`() {
    let zeros = [UInt8](repeating: 0, count: CouponCode.randomCharacters)
    var codes: Set<CouponCode> = [CouponCode(randomBytes: zeros)]
    for index in zeros.indices {
      for bit in 0..<5 {
        var bytes = zeros
        bytes[index] = 1 << bit
        codes.insert(CouponCode(randomBytes: bytes))
      }
    }
    #expect(codes.count == CouponCode.randomBits + 1)
  }

  @Test(arguments: seeds(thatFailedBefore: 1))
  func `case, hyphens and blanks do not matter`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let code = Self.code(&random)
      #expect(code.display.count == 19 && code.display.split(separator: "-").count == 4, "seed \(seed)")
      #expect(CouponCode(typed: code.display) == code, "seed \(seed)")
      #expect(CouponCode(typed: code.display.lowercased()) == code, "seed \(seed)")
      #expect(CouponCode(typed: code.canonical) == code, "seed \(seed)")
      #expect(CouponCode(typed: " " + code.display.replacing("-", with: " ") + " ") == code, "seed \(seed)")
    }
  }

  @Test(arguments: seeds(thatFailedBefore: 1))
  func `every single wrong character is found`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let correct = Array(Self.code(&random).canonical.utf8)
    for index in correct.indices {
      for wrong in CouponCode.alphabet where wrong != correct[index] {
        var typed = correct
        typed[index] = wrong
        #expect(CouponCode(typed: String(decoding: typed, as: UTF8.self)) == nil, "seed \(seed)")
      }
    }
  }

  @Test(arguments: seeds(thatFailedBefore: 1))
  func `every pair of characters changed with one another is found`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let correct = Array(Self.code(&random).canonical.utf8)
    for one in correct.indices {
      for other in correct.indices where correct[one] != correct[other] {
        var typed = correct
        typed.swapAt(one, other)
        #expect(CouponCode(typed: String(decoding: typed, as: UTF8.self)) == nil, "seed \(seed)")
      }
    }
  }

  @Test(arguments: ["", "-", "ABCD", "ABCD-EFGH-JKLM-NPQ0", "ÄBCD-EFGH-JKLM-NPQR", String(repeating: "A", count: 1_000_000)])
  func `what cannot be a code is not one`(typed: String) {
    #expect(CouponCode(typed: typed) == nil)
  }
}
