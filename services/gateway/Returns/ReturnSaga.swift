import GoogleProto
import Logging
import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// Drives a return: written once, with its refund and its plan frozen, it only rolls forward (design, section 7).
struct ReturnSaga: Sendable {
  let orders: Orders
  let participants: Participants
  let tasks: SagaTasks
  let clock: any WallClock
  let ids: any IDGenerator
  let faults: FaultPoints
  let logger: Logger
  let commitDeadline: Duration

  /// Two tills at one order change it under each other; each attempt reads it anew, and one of them always gets through.
  static let attempts = 16

  /// What a till asks to take back.
  struct Request: Sendable {
    var orderID: String
    var asks: [Refunds.Ask]
    var reason: String
    var tillID: String
    var staffID: String
  }

  // MARK: Asking

  /// The return's reply: of this attempt, or of an earlier one with the same key.
  func answer(_ request: Request, _ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> [UInt8] {
    for _ in 0..<Self.attempts {
      async let existing = orders.findReturn(key, chain)
      async let found = orders.find(orderID: request.orderID, chain)
      if let record = try await existing { return try await finish(record, chain) }
      guard let order = try await found, let sale = order.order else { throw Reasons.orderUnknown(request.orderID) }
      try chain.caller.require(storeID: sale.storeID)
      guard sale.state == .completed else { throw Reasons.orderNotCompleted }
      let outcome: Refunds.Outcome
      do { outcome = try Refunds.outcome(of: request.asks, from: Refunds.Order(sale)) } catch { throw error.refusal }
      try Task.checkCancellation()
      if let reply = try await create(outcome, request, order, key, chain) { return reply }
    }
    throw Reasons.orderContended
  }

  /// Writes the return and carries it out; nil when the order has changed since it was read.
  private func create(
    _ outcome: Refunds.Outcome, _ request: Request, _ order: InventoryV1.OrderRecord, _ key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> [UInt8]? {
    let returnID = ids.next("ret")
    let draft = draft(outcome, request, order, returnID: returnID, clientID: key.clientID)
    let plan = Self.plan(outcome, order, returnID: returnID)
    let creation = InventoryV1.CreateReturnRequest(
      key: key, orderReturn: draft, plan: plan.encoded(), participants: order.participants, expectedRevision: order.revision)
    // The gateway's own from here: whether a cancelled CreateReturn took effect could not be told.
    return try await tasks.run {
      let record: InventoryV1.ReturnRecord
      do {
        record = try await orders.createReturn(creation, chain.outlivingItsCaller())
      } catch let error as UpstreamError where error.isRefusal("ORDER_CHANGED") {
        return nil
      } catch let error as UpstreamError where error.kind == .silent {
        // It may be written, and then recovery carries it out: a till that heard "nothing happened" would pay the refund twice.
        throw Reasons.returnInProgress
      }
      faults.reach(.returnCreated)
      return try await finish(record, chain)
    }
  }

  private func draft(
    _ outcome: Refunds.Outcome, _ request: Request, _ order: InventoryV1.OrderRecord, returnID: String, clientID: String
  ) -> InventoryV1.OrderReturn {
    let sale = order.order ?? InventoryV1.Order()
    let now = GoogleProtobuf.Timestamp(clock.now())
    func money(_ amount: Int64) -> TypeV1.Money { TypeV1.Money(amount, sale.currencyCode) }
    let payments = Refunds.Order(sale).payments
    return InventoryV1.OrderReturn(
      returnID: returnID, orderID: sale.orderID, state: .returning,
      lines: outcome.lines.map {
        InventoryV1.ReturnedLine(lineNumber: Int32($0.lineNumber), quantity: $0.quantity, refundAmount: money($0.amount))
      },
      refundAmount: money(outcome.amount),
      refunds: outcome.payments.map {
        TypeV1.Tender(
          kind: payments[$0.index].kind.wire, amount: money($0.amount), externalReference: payments[$0.index].externalReference,
          points: $0.points)
      },
      wholeOrderReturned: outcome.completesOrder, reason: request.reason, clientID: clientID, staffID: request.staffID,
      tillID: request.tillID, storeID: sale.storeID, occurredTime: now)
  }

  /// Only those whom the order's own plan had have something to reverse.
  private static func plan(_ outcome: Refunds.Outcome, _ order: InventoryV1.OrderRecord, returnID: String) -> GatewayV1.ReturnPlan {
    let orderID = order.order?.orderID ?? ""
    let share = outcome.share(of: order.order?.amountDue ?? 0)
    let currencyCode = order.order?.currencyCode ?? ""
    let payments = order.order.map { Refunds.Order($0).payments } ?? []
    let storedValue = outcome.payments.filter { payments[$0.index].kind == .storedValue }.map {
      LoyaltyV1.StoredValueRefund(
        accountID: payments[$0.index].externalReference, amount: TypeV1.Money($0.amount, currencyCode))
    }
    let reversals = order.participants.compactMap { participant -> GatewayV1.SagaStep? in
      switch participant {
      case CheckoutPlanning.loyalty:
        GatewayV1.SagaStep(
          LoyaltyV1.LoyaltyHoldServiceMethods.reverse, participant: participant, under: returnID,
          LoyaltyV1.ReverseRequest(
            orderID: orderID, returnID: returnID, refundedBefore: share.before, refundedAfter: share.after, refundedTotal: share.total,
            storedValue: storedValue, earnedBefore: outcome.earnedBefore, earnedAfter: outcome.earnedAfter,
            earnedTotal: outcome.earnedTotal))
      case CheckoutPlanning.campaign:
        GatewayV1.SagaStep(
          CampaignV1.CampaignHoldServiceMethods.reverse, participant: participant, under: returnID,
          CampaignV1.ReverseRequest(orderID: orderID, returnID: returnID, wholeOrderReturned: outcome.completesOrder))
      default: nil
      }
    }
    return GatewayV1.ReturnPlan(reversals: reversals)
  }

  // MARK: Rolling forward

  /// RETURNING → RETURNED, or the reply that is kept already.
  func finish(_ record: InventoryV1.ReturnRecord, _ chain: CallChain) async throws -> [UInt8] {
    if record.orderReturn?.state == .returned { return record.reply }
    return try await tasks.run { try await rollForward(record, chain) }
  }

  private func rollForward(_ record: InventoryV1.ReturnRecord, _ chain: CallChain) async throws -> [UInt8] {
    let deadline = Deadline.after(commitDeadline)
    let own = chain.outlivingItsCaller()
    let plan = try GatewayV1.ReturnPlan(decoding: record.plan)
    let answers = await participants.sendUntilDone(plan.reversals, .oneReversalPosted, by: deadline, own)
    if let failure = answers.failure { throw unfinished(record, failure) }
    faults.reach(.reversalsPosted)
    let reversal = try answers.reply(of: CheckoutPlanning.loyalty, as: LoyaltyV1.ReverseResponse.self)
    let completion = Self.completion(of: record, reversal)
    var backOff = BackOff(until: deadline)
    while true {
      do {
        let completed = try await orders.completeReturn(completion, own)
        faults.reach(.returnCompleted)
        return completed.reply
      } catch let error as UpstreamError {
        guard await backOff.pause() else { throw unfinished(record, error) }
      }
    }
  }

  private static func completion(
    of record: InventoryV1.ReturnRecord, _ reversal: LoyaltyV1.ReverseResponse?
  ) -> InventoryV1.CompleteReturnRequest {
    var returned = record.orderReturn ?? InventoryV1.OrderReturn()
    returned.state = .returned
    returned.pointsTakenBack = reversal?.pointsTakenBack ?? 0
    returned.pointsGivenBack = reversal?.pointsGivenBack ?? 0
    return InventoryV1.CompleteReturnRequest(
      returnID: returned.returnID, reply: GatewayV1.ReturnResponse(orderReturn: returned).encoded(),
      pointsTakenBack: returned.pointsTakenBack, pointsGivenBack: returned.pointsGivenBack)
  }

  private func unfinished(_ record: InventoryV1.ReturnRecord, _ failure: UpstreamError) -> Refusal {
    logger.log(
      level: failure.kind == .silent ? .warning : .error, "a return could not be finished yet",
      metadata: [
        "return_id": "\(record.orderReturn?.returnID ?? "")", "service": "\(failure.service)", "code": "\(failure.cause.code)",
        "reason": "\(failure.cause.reason ?? "")",
      ])
    return Reasons.returnInProgress
  }
}
