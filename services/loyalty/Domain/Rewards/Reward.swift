internal import Foundation

/// What points buy: what it is, what it costs, who may have it and how often. Immutable once published.
struct Reward: Equatable, Sendable {
  enum Kind: String, Sendable, CaseIterable { case product, coupon, service, gift, donation }

  /// At most so many; 0 is without a limit.
  struct Limits: Equatable, Sendable {
    var member: Int64 = 0
    var day: Int64 = 0
    var month: Int64 = 0
    /// Of all members together.
    var total: Int64 = 0
  }

  var code: String
  var version: Int64
  var name: String
  var kind: Kind
  /// A product's id, a coupon template's, or who is given to.
  var item: String
  /// For one.
  var points: Int64
  /// For one, in minor units; taken by whoever hands it out.
  var cash: Int64
  var currencyCode: String
  /// None is every tier.
  var tierCodes: [String]
  var limits: Limits
  /// The programme's when it was published.
  var timeZoneIdentifier: String
  /// Both included; nil without that end.
  var firstDay: CivilDay?
  var lastDay: CivilDay?
  var holdSeconds: Int64
  var publishedAt: Date

  var calendar: ProgramCalendar {
    guard let calendar = ProgramCalendar(timeZoneIdentifier: timeZoneIdentifier) else {
      preconditionFailure("the zones of published rewards are known: a start looks at them")
    }
    return calendar
  }

  func isVisible(toTier code: String) -> Bool { tierCodes.isEmpty || tierCodes.contains(code) }

  /// What keeps somebody from having `quantity` of it, the general before the personal.
  func obstacles(_ standing: RewardStanding, quantity: Int64, at instant: Date) -> [RewardObstacle] {
    var found: [RewardObstacle] = []
    let calendar = calendar
    if let firstDay, instant < calendar.start(of: firstDay) { found.append(.notBegun) }
    if let lastDay, calendar.expiry(afterDay: lastDay) <= instant { found.append(.ended) }
    if let tierCode = standing.tierCode, !isVisible(toTier: tierCode) { found.append(.tier) }
    if let available = standing.stock.available, available < quantity { found.append(.outOfStock(available: max(0, available))) }
    let taken = standing.taken
    let counted: [(limit: Int64, count: Int64, obstacle: (Int64) -> RewardObstacle)] = [
      (limits.total, standing.stock.counted, RewardObstacle.totalLimit), (limits.member, taken.ever, RewardObstacle.memberLimit),
      (limits.day, taken.today, RewardObstacle.dayLimit), (limits.month, taken.thisMonth, RewardObstacle.monthLimit),
    ]
    for (limit, count, obstacle) in counted where limit > 0 && count + quantity > limit { found.append(obstacle(max(0, limit - count))) }
    if let spendable = standing.spendable, spendable < points * quantity { found.append(.points(spendable: spendable)) }
    return found
  }
}

/// What is known of somebody who wants a reward; what is nil is not asked.
struct RewardStanding: Equatable, Sendable {
  var tierCode: String?
  var spendable: Int64?
  var stock: RewardStock
  var taken = RewardTaken()
}

/// What a member has of a reward, held and taken, less what was reversed.
struct RewardTaken: Equatable, Sendable {
  var today: Int64 = 0
  var thisMonth: Int64 = 0
  var ever: Int64 = 0
}

/// Why somebody may not have a reward, with how many are left.
enum RewardObstacle: Equatable, Sendable {
  case notBegun
  case ended
  case tier
  case outOfStock(available: Int64)
  case totalLimit(left: Int64)
  case memberLimit(left: Int64)
  case dayLimit(left: Int64)
  case monthLimit(left: Int64)
  case points(spendable: Int64)
}

/// What all members share of a reward.
struct RewardStock: Equatable, Sendable {
  /// Nil without a count.
  var stock: Int64?
  var held: Int64 = 0
  var used: Int64 = 0
  /// Of those used, what was reversed and is gone all the same.
  var lost: Int64 = 0

  var available: Int64? { stock.map { $0 - held - used } }
  /// What the limit of all members together counts.
  var counted: Int64 { held + used - lost }
}

/// The bounds of what one request may say of rewards.
enum RewardLimits {
  static let maximumPoints: Int64 = 1_000_000_000
  static let maximumQuantity: Int64 = 1_000
  static let maximumStock: Int64 = 1_000_000_000
  static let holdSeconds = 60.0...86_400.0
  static let usualHoldSeconds = 900.0
}
