import Testing

@testable import Campaign

@Suite struct EvaluationPropertyTests {
  private static func randomBasket(_ random: inout SeededGenerator) -> Basket {
    let lines = (0..<Int.random(in: 0...30, using: &random)).map { index in
      line(
        Int32(index + 1), Int64.random(in: -200...5_000, using: &random), product: "prd_\(Int.random(in: 1...5, using: &random))",
        department: ["GROCERY", "DRUG GM"].randomElement(using: &random)!, isAdjustment: Int.random(in: 0..<10, using: &random) == 0)
    }
    return Basket(storeID: "sto_1", memberID: "mem_1", currencyCode: "USD", lines: lines)
  }

  private static func randomRule(_ id: String, _ random: inout SeededGenerator) -> Evaluation.Candidate {
    let benefit =
      Bool.random(using: &random)
      ? percent(Int64.random(in: 1...10_000, using: &random)) : amountOff(Int64.random(in: 1...8_000, using: &random))
    let products =
      Bool.random(using: &random) ? ProductSet.wholeBasket : ProductSet(productIDs: ["prd_\(Int.random(in: 1...5, using: &random))"])
    return candidate(rule(id, benefit, products: products, priority: Int32.random(in: -2...2, using: &random)))
  }

  @Test(arguments: seeds(thatFailedBefore: 11, 12, 13))
  func `parts sum to each discount, no line goes below 0, and the same input gives the same answer`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let basket = Self.randomBasket(&random)
      let promotions = (0..<Int.random(in: 0...6, using: &random)).map { Self.randomRule("prm_\($0)", &random) }
      let coupons = (0..<Int.random(in: 0...4, using: &random)).map {
        presented(coupon("cpn_\($0)", template: "cpt_\($0)"), Self.randomRule("cpt_\($0)", &random), as: "code \($0)")
      }
      let outcome = Evaluation.outcome(of: basket, at: EvaluationTests.now, promotions: promotions, coupons: coupons)

      var remaining = Dictionary(uniqueKeysWithValues: basket.lines.map { ($0.number, $0.minorUnits) })
      for discount in outcome.discounts {
        #expect(discount.minorUnits > 0, "seed \(seed)")
        #expect(discount.parts.map(\.minorUnits).reduce(0, +) == discount.minorUnits, "seed \(seed)")
        for part in discount.parts {
          #expect(part.minorUnits > 0, "seed \(seed)")
          remaining[part.lineNumber]! -= part.minorUnits
        }
      }
      for line in basket.lines {
        let left = remaining[line.number]!
        let isLeftAlone = line.isAdjustment || line.minorUnits <= 0
        #expect(isLeftAlone ? left == line.minorUnits : left >= 0, "seed \(seed)")
      }
      #expect(outcome.discounts.count + outcome.rejectedCoupons.count <= promotions.count + coupons.count, "seed \(seed)")
      let again = Evaluation.outcome(of: basket, at: EvaluationTests.now, promotions: promotions.shuffled(using: &random), coupons: coupons)
      #expect(again == outcome, "seed \(seed)")
    }
  }
}
