import Foundation
import GoogleProto
import PatronAPI
import ProtobufC
import RPC

/// Freezes a checkout: the order, and every downstream command of it in its exact bytes.
///
/// What is frozen here is what will be sent, by this gateway or by another, newer one, now or after a crash: nothing is ever
/// built again from the basket.
struct CheckoutPlanning: Sendable {
  /// Who buys what for how much, and when.
  struct Sale: Sendable {
    var orderID: String
    var clientID: String
    var priced: PricedBasket
    var basket: Basket
    /// What must be held: POINTS and STORED_VALUE.
    var heldTenders: [AcceptedTender]
    /// When the gateway took the call: stands in for the occurred time that a till does not say. The order's other times are inventory's.
    var receiveTime: Date
  }

  static let loyalty = "loyalty"
  static let campaign = "campaign"

  let sale: Sale

  // MARK: The order

  var order: InventoryV1.Order {
    let priced = sale.priced
    return InventoryV1.Order(
      orderID: sale.orderID, state: .pending, clientID: sale.clientID, staffID: sale.basket.staffID, tillID: sale.basket.tillID,
      storeID: priced.storeID, memberID: priced.memberID, externalReference: sale.basket.externalReference, lines: priced.lines,
      totals: priced.totals, tenders: sale.heldTenders.map { $0.wire(currencyCode: priced.currencyCode) },
      pointsEarned: priced.earn?.points ?? 0, pointsSpent: sale.heldTenders.reduce(0) { $0 + $1.points },
      occurredTime: GoogleProtobuf.Timestamp(occurredTime))
  }

  private var occurredTime: Date { sale.basket.occurredTime ?? sale.receiveTime }

  // MARK: Its commands

  /// Only those whom the basket concerns: loyalty for one that a member earns by or that stored value pays, campaign for one with a
  /// promotion or a coupon.
  var participants: [String] {
    let concernsLoyalty = sale.priced.earn != nil || sale.heldTenders.contains { $0.kind == .storedValue }
    return (sale.priced.discounts.isEmpty ? [] : [Self.campaign]) + (concernsLoyalty ? [Self.loyalty] : [])
  }

  func plan(isOneCall: Bool) -> GatewayV1.CheckoutPlan {
    var plan = GatewayV1.CheckoutPlan(oneCall: isOneCall)
    for participant in participants {
      if participant == Self.loyalty {
        plan.holds.append(loyaltyHold)
        plan.commits.append(loyaltyCommit)
        plan.cancels.append(loyaltyCancel)
      } else {
        plan.holds.append(campaignHold)
        plan.commits.append(campaignCommit)
        plan.cancels.append(campaignCancel)
      }
    }
    return plan
  }

  private var loyaltyHold: GatewayV1.SagaStep {
    let priced = sale.priced
    let points = sale.heldTenders.first { $0.kind == .points }
    let request = LoyaltyV1.HoldRequest(
      orderID: sale.orderID, memberID: priced.memberID, storeID: priced.storeID,
      clientID: sale.clientID, staffID: sale.basket.staffID,
      spend: points.map { LoyaltyV1.PointsTender(points: $0.points, amount: TypeV1.Money($0.amount, priced.currencyCode)) },
      currencyCode: priced.currencyCode, earn: priced.earn, occurredTime: GoogleProtobuf.Timestamp(occurredTime),
      storedValue: sale.heldTenders.filter { $0.kind == .storedValue }.map {
        LoyaltyV1.StoredValueSpend(
          accountID: $0.externalReference, amount: TypeV1.Money($0.amount, priced.currencyCode), authorizationID: $0.authorizationID)
      })
    return step(LoyaltyV1.LoyaltyHoldServiceMethods.hold, Self.loyalty, request)
  }

  private var campaignHold: GatewayV1.SagaStep {
    let priced = sale.priced
    let request = CampaignV1.HoldRequest(
      orderID: sale.orderID, memberID: priced.memberID, storeID: priced.storeID,
      clientID: sale.clientID, staffID: sale.basket.staffID, currencyCode: priced.currencyCode, discounts: priced.discounts,
      occurredTime: GoogleProtobuf.Timestamp(occurredTime))
    return step(CampaignV1.CampaignHoldServiceMethods.hold, Self.campaign, request)
  }

  private var loyaltyCommit: GatewayV1.SagaStep {
    step(LoyaltyV1.LoyaltyHoldServiceMethods.commit, Self.loyalty, LoyaltyV1.CommitRequest(orderID: sale.orderID))
  }

  private var loyaltyCancel: GatewayV1.SagaStep {
    step(LoyaltyV1.LoyaltyHoldServiceMethods.cancel, Self.loyalty, LoyaltyV1.CancelRequest(orderID: sale.orderID))
  }

  private var campaignCommit: GatewayV1.SagaStep {
    step(CampaignV1.CampaignHoldServiceMethods.commit, Self.campaign, CampaignV1.CommitRequest(orderID: sale.orderID))
  }

  private var campaignCancel: GatewayV1.SagaStep {
    step(CampaignV1.CampaignHoldServiceMethods.cancel, Self.campaign, CampaignV1.CancelRequest(orderID: sale.orderID))
  }

  private func step<Request: RequestIdentified>(_ method: MethodDescriptor, _ participant: String, _ request: Request) -> GatewayV1.SagaStep
  {
    GatewayV1.SagaStep(method, participant: participant, under: sale.orderID, request)
  }
}

extension GatewayV1.SagaStep {
  /// One command in its exact bytes, with a request id of its own under what the saga is about: "ord_…/loyalty.hold".
  init<Request: RequestIdentified>(_ method: MethodDescriptor, participant: String, under sagaID: String, _ request: Request) {
    var request = request
    request.requestID = "\(sagaID)/\(participant).\(method.method.lowercased())"
    self.init(participant: participant, method: method.path, request: request.encoded())
  }
}
