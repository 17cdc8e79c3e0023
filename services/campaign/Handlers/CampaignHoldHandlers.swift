import Database
import Foundation
import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// `patron.campaign.v1.CampaignHoldService`: the saga's side. Every step is one transaction under the order's id and may be
/// sent any number of times, also under another request id; `HoldLifecycle` says what it then does.
struct CampaignHoldHandlers: CampaignV1.CampaignHoldService {
  let environment: ServiceEnvironment

  // MARK: Steps

  func hold(_ request: CampaignV1.HoldRequest, context: ServerContext) async throws -> CampaignV1.HoldResponse {
    try context.requireSaga()
    let hold = try HoldReading.hold(request, at: environment.clock.now())
    return try await transact(.hold, request, context) { transaction in
      switch try HoldLifecycle.place(hold.terms, over: HoldStore.take(hold.orderID, in: transaction)) {
      case .place: try HoldStore.place(hold, in: transaction)
      case .alreadyPlaced: break
      }
      return CampaignV1.HoldResponse(orderID: hold.orderID)
    }
  }

  func commit(_ request: CampaignV1.CommitRequest, context: ServerContext) async throws -> CampaignV1.CommitResponse {
    try context.requireSaga()
    try Self.require(orderID: request.orderID)
    let now = environment.clock.now()
    return try await transact(.commit, request, context) { transaction in
      switch try HoldLifecycle.commit(HoldStore.take(request.orderID, in: transaction)) {
      case .post(let hold): try Self.commit(hold, at: now, in: transaction)
      case .alreadyPosted: break
      }
      return CampaignV1.CommitResponse(orderID: request.orderID)
    }
  }

  func cancel(_ request: CampaignV1.CancelRequest, context: ServerContext) async throws -> CampaignV1.CancelResponse {
    try context.requireSaga()
    try Self.require(orderID: request.orderID)
    let now = environment.clock.now()
    return try await transact(.cancel, request, context) { transaction in
      switch try HoldLifecycle.cancel(HoldStore.take(request.orderID, in: transaction)) {
      case .release(let hold): try HoldStore.resolve(hold, to: .cancelled, by: .release, at: now, in: transaction)
      case .leaveTombstone: try HoldStore.leaveTombstone(request.orderID, at: now, in: transaction)
      case .alreadyCancelled: break
      }
      return CampaignV1.CancelResponse(orderID: request.orderID)
    }
  }

  func reverse(_ request: CampaignV1.ReverseRequest, context: ServerContext) async throws -> CampaignV1.ReverseResponse {
    try context.requireSaga()
    var errors = FieldErrors()
    errors.require(text: request.orderID, "order_id", upTo: CampaignLimits.idBytes)
    errors.require(text: request.returnID, "return_id", upTo: CampaignLimits.idBytes)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await transact(.reverse, request, context) { transaction in
      let usesGivenBack =
        try ReturnStore.usesGivenBack(by: request.returnID, in: transaction) ?? Self.reverse(request, at: now, in: transaction)
      return CampaignV1.ReverseResponse(returnID: request.returnID, usesGivenBack: usesGivenBack)
    }
  }

  // MARK: Inside the transaction

  private static func commit(_ hold: Hold, at instant: Date, in transaction: Transaction) throws {
    try HoldStore.resolve(hold, to: .committed, by: .commit, at: instant, in: transaction)
    for event in CampaignEvents.used(by: hold, at: instant) { try transaction.append(event) }
  }

  /// - Returns: how many uses a return that was not seen before gives back.
  private static func reverse(_ request: CampaignV1.ReverseRequest, at instant: Date, in transaction: Transaction) throws -> Int64 {
    let standing = try HoldStore.take(request.orderID, in: transaction)
    let alreadyReversed = try ReturnStore.hasReversed(request.orderID, in: transaction)
    let action = HoldLifecycle.reverse(standing, wholeOrderReturned: request.wholeOrderReturned, alreadyReversed: alreadyReversed)
    var usesGivenBack: Int64 = 0
    if case .move(let hold, let commits, let givesBack) = action {
      if commits { try commit(hold, at: instant, in: transaction) }
      if givesBack { usesGivenBack = try giveBack(hold, returnID: request.returnID, at: instant, in: transaction) }
    }
    try ReturnStore.insert(
      request.returnID, of: request.orderID, isWholeOrder: request.wholeOrderReturned, usesGivenBack: usesGivenBack, at: instant,
      in: transaction)
    return usesGivenBack
  }

  private static func giveBack(_ hold: Hold, returnID: String, at instant: Date, in transaction: Transaction) throws -> Int64 {
    try HoldStore.reverse(hold, returnID: returnID, at: instant, in: transaction)
    for event in CampaignEvents.reversed(hold, returnID: returnID, at: instant) { try transaction.append(event) }
    return Int64(hold.terms.uses.count)
  }

  /// Runs a step's transaction between its two fault points.
  private func transact<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ step: SagaStep, _ request: Request, _ context: ServerContext, _ effect: @escaping @Sendable (Transaction) throws -> Reply
  ) async throws -> Reply {
    let faults = environment.faults
    let reply = try await environment.commands.run(request, context, locking: CampaignLocks.order) { transaction in
      let reply = try effect(transaction)
      faults.reach(step.beforeCommit)
      return reply
    }
    faults.reach(step.afterCommit)
    return reply
  }

  private static func require(orderID: String) throws {
    var errors = FieldErrors()
    errors.require(text: orderID, "order_id", upTo: CampaignLimits.idBytes)
    try errors.throwIfAny()
  }
}
