import Database
import Foundation

/// Gathers what an evaluation needs out of one snapshot: which versions are in force and every count that is visible now.
struct EvaluationReader {
  let snapshot: Snapshot
  let cache: RuleVersionCache
  let memberID: String?

  func promotions(at instant: Date) throws -> [Evaluation.Candidate] {
    let standings = try snapshot.all(Self.inForce, [.time(instant)], Standing.init)
    return try standings.map(candidate)
  }

  func coupons(_ typedCodes: [String]) throws -> [Evaluation.PresentedCoupon] {
    try typedCodes.map { typedCode in
      Evaluation.PresentedCoupon(typedCode: typedCode, match: try match(typedCode))
    }
  }

  private func match(_ typedCode: String) throws -> Evaluation.PresentedCoupon.Match? {
    guard let code = CouponCode(typed: typedCode), let coupon = try CouponStore.find(code: code, in: snapshot) else { return nil }
    guard let template = try snapshot.first(Self.template, [.text(coupon.templateID)], Standing.init) else {
      throw MissingRow(table: "rules", key: coupon.templateID)
    }
    return Evaluation.PresentedCoupon.Match(coupon: coupon, template: try candidate(template))
  }

  private func candidate(_ standing: Standing) throws -> Evaluation.Candidate {
    let rule = try cache.rule(standing.ruleID, version: standing.version, kind: standing.kind, in: snapshot)
    // Only a limit per member makes the member's count matter; most rules have none, and cost no look-up.
    let memberUses: UseCount? =
      if let memberID, rule.terms.conditions.memberLimit != nil {
        try UseCounterStore.uses(of: standing.ruleID, byMember: memberID, in: snapshot)
      } else {
        nil
      }
    return Evaluation.Candidate(rule: rule, uses: standing.uses, memberUses: memberUses ?? .none)
  }

  private static let inForce = SQL(
    "campaign.promotions-in-force",
    """
    SELECT \(Standing.columns) FROM rules
    WHERE kind = 1 AND state = 1 AND COALESCE(close_time, 9223372036854775807) > ?1
    """)
  private static let template = SQL(
    "campaign.find-template-in-force", "SELECT \(Standing.columns) FROM rules WHERE rule_id = ?1")
}
