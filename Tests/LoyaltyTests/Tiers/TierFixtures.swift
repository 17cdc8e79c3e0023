import Foundation

@testable import Loyalty

extension TierScheme.Tier {
  /// A tier by net spend, in cents.
  static func spend(_ code: String, _ threshold: Int64) -> TierScheme.Tier {
    TierScheme.Tier(code: code, name: code, criteria: .growthValue(threshold))
  }
}

extension TierScheme {
  /// 0 / 100 / 300 / 1,000 units, which the facts of these tests count in as well.
  static func ladder(_ window: TierWindow, _ downgrade: TierDowngrade = .atOnce) -> TierScheme {
    TierScheme(
      version: 1, tiers: [.spend("base", 0), .spend("silver", 100), .spend("gold", 300), .spend("diamond", 1_000)], window: window,
      downgrade: downgrade, publishedAt: Date(timeIntervalSince1970: 0))
  }
}

extension MemberTiers {
  /// A member of a programme in New York, with orders of so many units at such times.
  static func example(
    _ scheme: TierScheme, _ orders: [(String, Int64)] = [], grants: [TierGrant] = [], enrolled: String = "2024-01-10T12:00:00-05:00",
    zone: String = "America/New_York"
  ) -> MemberTiers {
    guard let calendar = ProgramCalendar(timeZoneIdentifier: zone) else { preconditionFailure("\(zone) is known everywhere") }
    return MemberTiers(
      scheme: scheme, calendar: calendar,
      facts: OrderFacts(orders.map { OrderFact(at: instant($0), growthValue: $1, points: $1 / 10, isVisit: true) }), grants: grants,
      enrolledAt: instant(enrolled))
  }

  func code(at text: String) -> String { standing(at: instant(text)).tier.code }
}

extension TierGrant {
  static func example(_ tierCode: String, from start: String, to end: String? = nil, revoked: String? = nil) -> TierGrant {
    TierGrant(
      grantID: "tgr_\(tierCode)_\(start)", memberID: "mem_a", tierCode: tierCode, reason: "goodwill",
      origin: LedgerOrigin(clientID: "cli_1"),
      grantedAt: instant(start), endsAt: end.map { instant($0) },
      revocation: revoked.map { Revocation(at: instant($0), reason: "a slip", origin: LedgerOrigin(clientID: "cli_1")) })
  }
}
