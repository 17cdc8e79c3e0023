import PatronAPI
import RPC
import Testing

@testable import Campaign

/// Random histories of the saga against a model of a few lines: what the counters must be is recomputed here by hand.
@Suite struct HistoryPropertyTests {
  private static let promotions = 3
  private static let coupons = 4
  private static let members = ["mem_1", "mem_2", ""]
  private static let totalLimit: Int64 = 6

  /// What one thing's counters must be.
  private struct Count: Equatable {
    var held: Int64 = 0
    var used: Int64 = 0
  }

  private struct ModelHold {
    var state: HoldState
    var member: String
    var uses: [CampaignV1.AppliedDiscount]
    var isReversed = false
  }

  @Test(arguments: seeds(thatFailedBefore: 21, 22))
  func `after any history every counter is the fold of what happened`(seed: UInt64) async throws {
    try await Shop.open { shop in
      var random = SeededGenerator(seed: seed)
      var promotions: [String] = []
      for number in 0..<Self.promotions {
        let limits = CampaignV1.Conditions(totalLimit: number == 0 ? Self.totalLimit : 0)
        promotions.append(try await shop.publish(Shop.promotion(conditions: limits)).promotionID)
      }
      let template = try await shop.publish(Shop.template(usesPerCode: 2))
      let coupons = try await shop.issue(template.templateID, count: Int32(Self.coupons))

      var holds: [String: ModelHold] = [:]
      for step in 0..<150 {
        let orderID = "ord_\(Int.random(in: 0..<25, using: &random))"
        let standing = holds[orderID]
        let requestID = "step \(step)"
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1:
          let member = Self.members.randomElement(using: &random) ?? ""
          var uses = promotions.filter { _ in Bool.random(using: &random) }.map { Shop.use(promotion: $0) }
          if Bool.random(using: &random), let coupon = coupons.randomElement(using: &random) { uses.append(Shop.use(coupon: coupon)) }
          let isAdmitted = standing == nil && Self.admits(uses, holds: holds, limitedPromotion: promotions[0])
          let isRepeat = standing.map { ($0.state == .held || $0.state == .committed) && $0.member == member && $0.uses == uses }
          let succeeded = await Self.succeeds { try await shop.hold(orderID, uses, member: member, requestID: requestID) }
          #expect(succeeded == (isAdmitted || isRepeat == true), "seed \(seed) step \(step)")
          if succeeded, standing == nil { holds[orderID] = ModelHold(state: .held, member: member, uses: uses) }
        case 2:
          let succeeded = await Self.succeeds { try await shop.commit(orderID, requestID: requestID) }
          #expect(succeeded == (standing?.state == .held || standing?.state == .committed), "seed \(seed) step \(step)")
          if succeeded { holds[orderID]?.state = .committed }
        case 3:
          let succeeded = await Self.succeeds { try await shop.cancel(orderID, requestID: requestID) }
          #expect(succeeded == (standing?.state != .committed), "seed \(seed) step \(step)")
          if standing == nil { holds[orderID] = ModelHold(state: .tombstone, member: "", uses: []) }
          if standing?.state == .held { holds[orderID]?.state = .cancelled }
        default:
          guard standing?.state == .committed else { continue }
          let isWhole = Bool.random(using: &random)
          let givenBack = try await shop.reverse(orderID, by: "ret_\(step)", whole: isWhole, requestID: requestID)
          let isFirst = standing?.isReversed == false
          #expect(givenBack == Int64(isWhole && isFirst ? standing?.uses.count ?? 0 : 0), "seed \(seed) step \(step)")
          if isWhole { holds[orderID]?.isReversed = true }
        }
        if Int.random(in: 0..<40, using: &random) == 0 { try await shop.service.restart() }
      }

      for promotion in promotions {
        let read = try await shop.promotion(promotion)
        #expect(
          Count(held: read.heldUses, used: read.committedUses) == Self.count(.promotionID(promotion), in: holds), "seed \(seed)")
      }
      for coupon in coupons {
        let read = try await shop.coupon(coupon.couponID)
        #expect(
          Count(held: read.heldUses, used: read.committedUses) == Self.count(.couponID(coupon.couponID), in: holds), "seed \(seed)")
      }
    }
  }

  private static func admits(
    _ uses: [CampaignV1.AppliedDiscount], holds: [String: ModelHold], limitedPromotion: String
  ) -> Bool {
    uses.allSatisfy { use in
      guard let source = use.source else { return false }
      let count = count(source, in: holds)
      switch source {
      case .promotionID(let id): return id != limitedPromotion || count.held + count.used < totalLimit
      case .couponID: return count.held + count.used < 2
      }
    }
  }

  private static func count(_ source: CampaignV1.AppliedDiscount.Source, in holds: [String: ModelHold]) -> Count {
    var count = Count()
    for hold in holds.values where hold.uses.contains(where: { $0.source == source }) {
      if hold.state == .held { count.held += 1 }
      if hold.state == .committed, !hold.isReversed { count.used += 1 }
    }
    return count
  }

  private static func succeeds(_ call: () async throws -> Void) async -> Bool {
    do {
      try await call()
      return true
    } catch let error as RPCError where error.reason != nil {
      return false
    } catch {
      Issue.record(error)
      return false
    }
  }
}
