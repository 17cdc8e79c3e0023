import PatronAPI
import RPC
import ServiceKit

/// The second half of a checkout that Begin opened: Complete, Abandon, Extend.
struct CheckoutEnding: Sendable {
  let orders: Orders
  let saga: CheckoutSaga
  let tasks: SagaTasks
  let holdLifetime: Duration

  // MARK: Complete

  func complete(orderID: String, tenders: [TypeV1.Tender], _ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> [UInt8] {
    let record = try await open(orderID, key, chain)
    switch try Self.nextStep(.complete, record, key) {
    case .decideCommit:
      let all = try Self.payment(tenders, of: record)
      try Task.checkCancellation()
      return try await tasks.run { try await saga.decideCommit(record, tenders: all, key: key, recordsHold: false, chain) }
    case .rollForward:
      return try await tasks.run { try await saga.rollForward(record, chain) }
    case .answerEnd:
      return record.completeReply
    case .refuse(let refusal):
      throw Self.error(refusal, record)
    case .placeHolds, .answerBegin, .decideCancel, .rollBack:
      throw Reasons.checkoutInProgress
    }
  }

  /// The held tenders and the money that came since: together exactly what is due.
  private static func payment(_ tenders: [TypeV1.Tender], of record: InventoryV1.OrderRecord) throws -> [TypeV1.Tender] {
    let order = record.order ?? InventoryV1.Order()
    if tenders.contains(where: { $0.kind == .points }) { throw Reasons.pointsNotHeld }
    if tenders.contains(where: { $0.kind == .storedValue }) { throw Reasons.storedValueNotHeld }
    let money = try CheckoutSaga.tenders(tenders, of: order, at: "tenders")
    let held = order.tenders.reduce(Int64(0)) { $0 + ($1.amount?.minorUnits ?? 0) }
    do { try TenderRules.requireSum(of: money, toBe: order.amountDue - held) } catch {
      throw error.refusal(currencyCode: order.currencyCode)
    }
    return order.tenders + money.map { $0.wire(currencyCode: order.currencyCode) }
  }

  // MARK: Abandon

  func abandon(orderID: String, _ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> [UInt8] {
    let record = try await open(orderID, key, chain)
    switch try Self.nextStep(.abandon, record, key) {
    case .decideCancel:
      try Task.checkCancellation()
      return Self.abandoned(try await tasks.run { try await saga.decideAbandon(record, key: key, chain) })
    case .rollBack:
      let reply = record.endKey == nil ? [] : CheckoutSaga.abandonReply(of: record)
      return Self.abandoned(try await tasks.run { try await saga.rollBack(record, reply: reply, chain) })
    case .answerEnd:
      return Self.abandoned(record)
    case .refuse(let refusal):
      throw Self.error(refusal, record)
    case .placeHolds, .answerBegin, .decideCommit, .rollForward:
      throw Reasons.checkoutInProgress
    }
  }

  /// What was kept for whoever abandoned it; for an order that a refusal or its expiry ended, the order as it stands, which
  /// does not change any more.
  private static func abandoned(_ record: InventoryV1.OrderRecord) -> [UInt8] {
    record.completeReply.isEmpty ? CheckoutSaga.abandonReply(of: record) : record.completeReply
  }

  // MARK: Extend

  func extend(orderID: String, requestID: String, _ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> [UInt8] {
    _ = try await open(orderID, key, chain)
    let extended = try await orders.extend(requestID: requestID, orderID: orderID, lifetime: holdLifetime, chain)
    return GatewayV1.ExtendCheckoutResponse(order: extended.order).encoded()
  }

  // MARK: Finding

  /// The order, for the client that began it and no other: to others it does not exist.
  private func open(_ orderID: String, _ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> InventoryV1.OrderRecord {
    // By its key as well: an id that ended another order is reused, whatever became of this one.
    async let byKey = orders.find(key, chain)
    async let byID = orders.find(orderID: orderID, chain)
    let known = try await byKey
    guard let record = try await byID, let order = record.order, order.clientID == key.clientID else {
      throw Reasons.orderUnknown(orderID)
    }
    try chain.caller.require(storeID: order.storeID)
    // It ended under this id between the two looks: whether with this body, inventory alone can tell.
    if known == nil, EndedBy(record, key: key) == .thisCall { _ = try await orders.find(key, chain) }
    return record
  }

  private static func nextStep(
    _ call: CheckoutCall, _ record: InventoryV1.OrderRecord, _ key: InventoryV1.RequestKey
  ) throws -> NextStep {
    guard let standing = OrderStanding(record) else { throw Reasons.checkoutInProgress }
    return NextStep.of(call, on: standing, wasHeld: record.held, endedBy: EndedBy(record, key: key))
  }

  private static func error(_ refusal: NextStep.Refusal, _ record: InventoryV1.OrderRecord) -> any Error {
    switch refusal {
    case .notHeld: Reasons.orderNotHeld
    case .alreadyCompleted: Reasons.orderCompleted
    case .cancelled: CheckoutSaga.refusal(of: record)
    }
  }
}
