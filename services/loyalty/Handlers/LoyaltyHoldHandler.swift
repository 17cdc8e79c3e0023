internal import Database
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.LoyaltyHoldService`, the saga's side: decode, call, encode.
struct LoyaltyHoldHandler: LoyaltyV1.LoyaltyHoldService {
  private static let holdList = "loyalty.holds"

  let environment: ServiceEnvironment

  func hold(_ request: LoyaltyV1.HoldRequest, context: ServerContext) async throws -> LoyaltyV1.HoldResponse {
    try context.caller.require(anyOf: .saga)
    let (now, ids) = (environment.clock.now(), movementIDs())
    var errors = FieldErrors()
    errors.require(text: request.orderID, "order_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    let terms = OrderHold.Terms(request, &errors)
    let decision = EarnDecision(request.earn ?? LoyaltyV1.EarnDecision(), at: now, &errors)
    let tenders = OrderValues.Tender.read(request.storedValue, of: request.currencyCode, &errors)
    try errors.throwIfAny()
    environment.faults.reach(LoyaltyFaultPoints.beforeHold)
    let reply = try await environment.commands.run(request, context) { transaction in
      try OrderHolds.hold(request.orderID, terms, earning: decision, paying: tenders, at: now, ids: ids, transaction)
      return LoyaltyV1.HoldResponse(orderID: request.orderID)
    }
    environment.faults.reach(LoyaltyFaultPoints.afterHold)
    return reply
  }

  func commit(_ request: LoyaltyV1.CommitRequest, context: ServerContext) async throws -> LoyaltyV1.CommitResponse {
    try context.caller.require(anyOf: .saga)
    try requireOrder(request.orderID)
    let (now, ids) = (environment.clock.now(), movementIDs())
    environment.faults.reach(LoyaltyFaultPoints.beforeCommit)
    let reply = try await environment.commands.run(request, context) { transaction in
      let committed = try OrderHolds.commit(request.orderID, at: now, ids: ids, transaction)
      return LoyaltyV1.CommitResponse(
        orderID: request.orderID, pointsEarned: committed.hold.terms.earnPoints, pointsSpent: committed.hold.terms.spendPoints,
        balance: committed.balance.map(LoyaltyV1.Balance.init), previousTierCode: committed.hold.previousTierCode,
        storedValue: try committed.accounts.map { try StoredValueMessages.account($0, at: now, transaction) })
    }
    environment.faults.reach(LoyaltyFaultPoints.afterCommit)
    return reply
  }

  func cancel(_ request: LoyaltyV1.CancelRequest, context: ServerContext) async throws -> LoyaltyV1.CancelResponse {
    try context.caller.require(anyOf: .saga)
    try requireOrder(request.orderID)
    let (now, ids) = (environment.clock.now(), movementIDs())
    environment.faults.reach(LoyaltyFaultPoints.beforeCancel)
    let reply = try await environment.commands.run(request, context) { transaction in
      try OrderHolds.cancel(request.orderID, at: now, ids: ids, transaction)
      return LoyaltyV1.CancelResponse(orderID: request.orderID)
    }
    environment.faults.reach(LoyaltyFaultPoints.afterCancel)
    return reply
  }

  func reverse(_ request: LoyaltyV1.ReverseRequest, context: ServerContext) async throws -> LoyaltyV1.ReverseResponse {
    try context.caller.require(anyOf: .saga)
    let (terms, shares, refunds) = try readReturn(request)
    let caller = LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID)
    let (now, ids) = (environment.clock.now(), movementIDs())
    environment.faults.reach(LoyaltyFaultPoints.beforeReverse)
    let reply = try await environment.commands.run(request, context) { transaction in
      let reversed = try OrderHolds.reverse(
        request.returnID, terms, shares: shares, refunds: refunds, by: caller, at: now, ids: ids, transaction)
      let reversal = reversed.reversal
      return LoyaltyV1.ReverseResponse(
        returnID: reversal.returnID, pointsTakenBack: reversal.pointsTakenBack, pointsGivenBack: reversal.pointsGivenBack,
        debtPoints: reversal.debt, balance: reversed.balance.map(LoyaltyV1.Balance.init),
        storedValue: reversed.values.map {
          LoyaltyV1.StoredValueParts(accountID: $0.accountID, principal: $0.parts.principal, bonus: $0.parts.bonus)
        })
    }
    environment.faults.reach(LoyaltyFaultPoints.afterReverse)
    return reply
  }

  func listHolds(_ request: LoyaltyV1.ListHoldsRequest, context: ServerContext) async throws -> LoyaltyV1.ListHoldsResponse {
    try context.caller.require(anyOf: .operations)
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: Self.holdList)
    let start = try page.after?.text(0) ?? ""
    return try await environment.database.read(for: context) { snapshot in
      let rows = try OrderHoldStore.list(after: start, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: Self.holdList) { [.text($0.orderID)] }
      guard let first = shown.first, let last = shown.last else { return LoyaltyV1.ListHoldsResponse() }
      let returnIDs = try OrderReversalStore.returnIDs(ofOrdersFrom: first.orderID, through: last.orderID, snapshot)
      return LoyaltyV1.ListHoldsResponse(
        holds: shown.map { record in
          TypeV1.HoldRecord(
            orderID: record.orderID, state: record.state.message, returnIDs: returnIDs[record.orderID] ?? [],
            createTime: GoogleProtobuf.Timestamp(record.createdAt), pointsEarned: record.pointsEarned,
            pointsSpent: record.pointsSpent, pointsTakenBack: record.pointsTakenBack, pointsGivenBack: record.pointsGivenBack,
            storedValueMinorUnits: record.valueSpent, storedValueGivenBackMinorUnits: record.valueGivenBack)
        },
        nextPageToken: nextPageToken)
    }
  }

  func verify(_ request: LoyaltyV1.VerifyRequest, context: ServerContext) async throws -> LoyaltyV1.VerifyResponse {
    try context.caller.require(anyOf: .operations)
    let now = environment.clock.now()
    let audit = try await LedgerAudit.audit(environment.database, at: now, deadline: context.deadline?.instant)
    return LoyaltyV1.VerifyResponse(audit)
  }

  // MARK: Parts

  private func movementIDs() -> MovementIDs { MovementIDs(from: environment.ids.next("ent")) }

  private func requireOrder(_ orderID: String) throws {
    var errors = FieldErrors()
    errors.require(text: orderID, "order_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
  }

  private func readReturn(
    _ request: LoyaltyV1.ReverseRequest
  ) throws -> (terms: OrderReversal.Terms, shares: OrderReversal.Shares, refunds: [OrderReversal.ValueRefund]) {
    var errors = FieldErrors()
    errors.require(text: request.orderID, "order_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.returnID, "return_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    let terms = OrderReversal.Terms(
      orderID: request.orderID, refundedBefore: request.refundedBefore, refundedAfter: request.refundedAfter,
      refundedTotal: request.refundedTotal, earnedBefore: request.earnedBefore, earnedAfter: request.earnedAfter,
      earnedTotal: request.earnedTotal)
    let (money, earned) = (terms.moneyShare, terms.earnedShare)
    errors.require(money != nil, "refunded_after", "must lie between refunded_before and refunded_total, which are 0 or more")
    errors.require(
      terms.earnedTotal == 0 || earned != nil, "earned_after", "must lie between earned_before and earned_total, which are 0 or more")
    let refunds = OrderReversal.ValueRefund.read(request.storedValue, &errors)
    try errors.throwIfAny()
    guard let money, let earned else { preconditionFailure("a share that is nil was refused above") }
    return (terms, OrderReversal.Shares(money: money, earned: earned), refunds)
  }
}
