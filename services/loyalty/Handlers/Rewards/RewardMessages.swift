internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI

/// Rewards and redemptions as the contract has them.
enum RewardMessages {
  /// - Throws: REDEMPTION_UNKNOWN.
  static func redemption(_ redemptionID: String, at instant: Date, _ reader: some Queryable) throws -> LoyaltyV1.Redemption {
    guard let redemption = try RedemptionStore.find(redemptionID, reader) else { throw RewardRefusal.redemptionUnknown }
    return LoyaltyV1.Redemption(redemption, at: instant)
  }

  /// A reward as the member with this balance finds it.
  static func offer(_ reward: Reward, to balance: Balance, at instant: Date, _ reader: some Queryable) throws -> LoyaltyV1.RewardOffer {
    guard let stock = try RewardStockStore.find(reward.code, at: instant, reader) else { throw LedgerFault("a reward has no row") }
    let day = reward.calendar.dayNumber(of: instant)
    let tierCode = balance.tier.tier.code
    let standing = RewardStanding(
      tierCode: tierCode, spendable: balance.spendable, stock: stock,
      taken: try RedemptionStore.taken(of: balance.memberID, reward.code, on: day, at: instant, reader))
    return LoyaltyV1.RewardOffer(
      reward: LoyaltyV1.Reward(reward), stock: LoyaltyV1.RewardStock(stock), visible: reward.isVisible(toTier: tierCode),
      affordable: reward.points <= balance.spendable,
      obstacles: reward.obstacles(standing, quantity: 1, at: instant).map(\.message))
  }
}

extension LoyaltyV1.Reward {
  init(_ reward: Reward) {
    self.init(
      code: reward.code, version: reward.version, name: reward.name, kind: reward.kind.message, item: reward.item, points: reward.points,
      cash: reward.cash > 0 ? TypeV1.Money(reward.cash, reward.currencyCode) : nil, tierCodes: reward.tierCodes,
      memberLimit: reward.limits.member, dayLimit: reward.limits.day, monthLimit: reward.limits.month, totalLimit: reward.limits.total,
      firstDay: reward.firstDay.map(TypeV1.Date.init), lastDay: reward.lastDay.map(TypeV1.Date.init),
      hold: GoogleProtobuf.Duration(.seconds(reward.holdSeconds)), publishTime: GoogleProtobuf.Timestamp(reward.publishedAt))
  }
}

extension LoyaltyV1.RewardStock {
  init(_ stock: RewardStock) {
    self.init(stock: stock.stock, held: stock.held, used: stock.used, available: stock.available)
  }
}

extension LoyaltyV1.RewardStockMovement {
  init(_ movement: RewardStockStore.Movement) {
    self.init(
      number: movement.number, delta: movement.delta, reason: movement.reason,
      actor: LedgerOrigin(clientID: movement.clientID, staffID: movement.staffID).actor,
      postTime: GoogleProtobuf.Timestamp(movement.postedAt))
  }
}

extension LoyaltyV1.Redemption {
  init(_ redemption: Redemption, at instant: Date) {
    let state = redemption.state(at: instant)
    self.init(
      redemptionID: redemption.redemptionID, memberID: redemption.memberID, rewardCode: redemption.code, rewardVersion: redemption.version,
      state: redemption.message(state), quantity: redemption.quantity, reversed: redemption.reversed, points: redemption.points,
      cash: redemption.cash > 0 ? TypeV1.Money(redemption.cash, redemption.currencyCode) : nil, storeID: redemption.storeID,
      reference: redemption.reference, paymentReference: redemption.paymentReference, fulfilmentReference: redemption.fulfilmentReference,
      actor: redemption.origin.actor, holdTime: GoogleProtobuf.Timestamp(redemption.createdAt),
      heldUntilTime: state == .held ? GoogleProtobuf.Timestamp(redemption.heldUntil) : nil,
      resolveTime: (redemption.resolvedAt ?? (state == .lapsed ? redemption.heldUntil : nil)).map { GoogleProtobuf.Timestamp($0) },
      fulfilTime: redemption.fulfilledAt.map { GoogleProtobuf.Timestamp($0) })
  }
}

extension TypeV1.Date {
  init(_ day: CivilDay) { self.init(year: Int32(day.year), month: Int32(day.month), day: Int32(day.day)) }
}

extension Redemption {
  fileprivate func message(_ state: State) -> LoyaltyV1.RedemptionState {
    switch state {
    case .held: .held
    case .cancelled: .cancelled
    case .lapsed: .lapsed
    case .committed: reversed == quantity ? .reversed : fulfilledAt == nil ? .committed : .fulfilled
    }
  }
}

extension Reward.Kind {
  init?(_ message: LoyaltyV1.RewardKind) {
    guard let kind = Self.allCases.first(where: { $0.message == message }) else { return nil }
    self = kind
  }

  fileprivate var message: LoyaltyV1.RewardKind {
    switch self {
    case .product: .product
    case .coupon: .coupon
    case .service: .service
    case .gift: .gift
    case .donation: .donation
    }
  }
}

extension RewardObstacle {
  fileprivate var message: LoyaltyV1.RewardObstacle {
    switch self {
    case .notBegun: .notBegun
    case .ended: .ended
    case .tier: .tier
    case .outOfStock: .outOfStock
    case .totalLimit: .totalLimit
    case .memberLimit: .memberLimit
    case .dayLimit: .dayLimit
    case .monthLimit: .monthLimit
    case .points: .points
    }
  }
}
