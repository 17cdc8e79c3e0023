internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.Draw {
  /// The seed is told of a draw that was run, and of no other: one that was called off had no winners to check.
  init(_ draw: PrizeDraw) {
    self.init(
      code: draw.code, name: draw.name, ticketPoints: draw.ticketPoints, memberTickets: draw.memberTickets,
      openTime: GoogleProtobuf.Timestamp(draw.opensAt), closeTime: GoogleProtobuf.Timestamp(draw.closesAt), tierCodes: draw.tierCodes,
      prizes: draw.prizes.map {
        LoyaltyV1.DrawPrize(name: $0.name, rewardCode: $0.rewardCode, points: $0.points, stock: $0.stock)
      },
      seedDigest: draw.seedDigest, state: draw.state.message, tickets: draw.tickets, chain: draw.chain,
      seed: draw.state == .drawn ? draw.seed : [], publishTime: GoogleProtobuf.Timestamp(draw.publishedAt),
      resolveTime: draw.resolvedAt.map { GoogleProtobuf.Timestamp($0) }, reason: draw.reason)
  }
}

extension LoyaltyV1.TicketPurchase {
  init(_ purchase: TicketPurchase) {
    self.init(
      purchaseID: purchase.purchaseID, drawCode: purchase.drawCode, memberID: purchase.memberID, firstNumber: purchase.firstNumber,
      tickets: purchase.tickets, points: purchase.points, chain: purchase.chain, buyTime: GoogleProtobuf.Timestamp(purchase.boughtAt))
  }
}

extension LoyaltyV1.DrawWinner {
  init(_ winner: DrawWinner) {
    self.init(place: winner.place, prize: Int32(winner.prize), ticketNumber: winner.number, memberID: winner.memberID)
  }
}

extension PrizeDraw.State {
  fileprivate var message: LoyaltyV1.DrawState {
    switch self {
    case .open: .open
    case .drawn: .drawn
    case .cancelled: .cancelled
    }
  }
}

extension PrizeDraw {
  /// A draw to publish; what is told later is made here.
  init(publishing message: LoyaltyV1.Draw, seed: [UInt8], digest: [UInt8], at instant: Date) throws {
    var errors = FieldErrors()
    errors.require(text: message.code, "draw.code", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: message.name, "draw.name", upTo: LoyaltyLimits.maximumReasonBytes)
    errors.require(
      (1...RewardLimits.maximumPoints).contains(message.ticketPoints), "draw.ticket_points", "must be 1 to \(RewardLimits.maximumPoints)")
    errors.require(
      (0...RewardLimits.maximumStock).contains(message.memberTickets), "draw.member_tickets",
      "must be 0 (no limit) to \(RewardLimits.maximumStock)")
    let (opens, closes) = (message.openTime, message.closeTime)
    errors.require(opens?.isValid ?? false, "draw.open_time", "must be within the years 1 to 9999")
    errors.require(closes?.isValid ?? false, "draw.close_time", "must be within the years 1 to 9999")
    let (opensAt, closesAt) = (opens?.date ?? instant, closes?.date ?? instant)
    errors.require(max(opensAt, instant) < closesAt, "draw.close_time", "must come after open_time, and after now")
    let most = LoyaltyLimits.maximumTiers
    errors.require(message.tierCodes.count <= most, "draw.tier_codes", "must be at most \(most)")
    for tierCode in message.tierCodes.prefix(most) {
      errors.require(text: tierCode, "draw.tier_codes", upTo: LoyaltyLimits.maximumTierCodeBytes)
      errors.require(!tierCode.contains("\n"), "draw.tier_codes", "must have no line breaks")
    }
    let prizes = Self.prizes(message.prizes, &errors)
    try errors.throwIfAny()
    self.init(
      code: message.code, name: message.name, ticketPoints: message.ticketPoints, memberTickets: message.memberTickets, opensAt: opensAt,
      closesAt: closesAt, tierCodes: Set(message.tierCodes).sorted(), prizes: prizes, seed: seed, seedDigest: digest, state: .open,
      tickets: 0, chain: digest, publishedAt: instant, resolvedAt: nil, reason: "")
  }

  private static func prizes(_ messages: [LoyaltyV1.DrawPrize], _ errors: inout FieldErrors) -> [Prize] {
    let limits = DrawLimits.self
    errors.require((1...limits.maximumPrizes).contains(messages.count), "draw.prizes", "must be 1 to \(limits.maximumPrizes)")
    var prizes: [Prize] = []
    for (index, message) in messages.prefix(limits.maximumPrizes).enumerated() {
      let field = "draw.prizes[\(index)]"
      errors.require(text: message.name, "\(field).name", upTo: LoyaltyLimits.maximumReasonBytes)
      errors.require(optionalText: message.rewardCode, "\(field).reward_code", upTo: LoyaltyLimits.maximumIdentifierBytes)
      errors.require(
        (0...RewardLimits.maximumPoints).contains(message.points), "\(field).points", "must be 0 to \(RewardLimits.maximumPoints)")
      errors.require(message.points == 0 || message.rewardCode.isEmpty, field, "must be points or a reward, not both")
      errors.require(
        (1...limits.maximumPrizeStock).contains(message.stock), "\(field).stock", "must be 1 to \(limits.maximumPrizeStock)")
      prizes.append(
        Prize(
          name: message.name, rewardCode: message.rewardCode, points: message.points,
          stock: min(max(0, message.stock), limits.maximumPrizeStock)))
    }
    errors.require(
      prizes.reduce(0) { $0 + $1.stock } <= limits.maximumPrizeStock, "draw.prizes",
      "must have \(limits.maximumPrizeStock) in stock together at most")
    return prizes
  }
}
