import Foundation
import GoogleProto
import Logging
import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// Drives an order from its first hold to its end, wherever it stands (design, section 7).
///
///     create ─► holds ─► [record] ─► decide ─► commits ─► complete
///                  └────────────────► decide ─► cancels ─► cancel
///
/// Each step may be sent twice, by two gateways at once, or by a third after a crash: the order's compare-and-set is the
/// decision, participants answer a repeated step as they did the first time, and the reply that inventory kept first is the
/// reply. Until the decision a step is the caller's and ends with it; from the decision on it is the gateway's own.
struct CheckoutSaga: Sendable {
  let orders: Orders
  let participants: Participants
  let tasks: SagaTasks
  let faults: FaultPoints
  let logger: Logger
  /// How long the steps past a decision are tried again before they are left to recovery. It begins no attempt late and cuts
  /// none off: each may take its `upstream-timeout`.
  let commitDeadline: Duration

  /// What a call needs to carry an order on.
  struct Call: Sendable {
    var kind: CheckoutCall
    var key: InventoryV1.RequestKey
    /// The tenders as the request has them: Checkout's all, Begin's held ones.
    var tenders: [TypeV1.Tender]
    var usesQuote: Bool
    var chain: CallChain
  }

  // MARK: Before the decision

  /// Carries `record` on from where it stands to the answer of a Checkout or a Begin.
  func advance(_ record: InventoryV1.OrderRecord, _ call: Call) async throws -> [UInt8] {
    guard let standing = OrderStanding(record) else { throw Reasons.checkoutInProgress }
    switch NextStep.of(call.kind, on: standing, wasHeld: record.held, endedBy: .thisCall) {
    case .placeHolds: return try await hold(record, call)
    case .answerBegin: return record.beginReply
    case .rollForward: return try await tasks.run { try await rollForward(record, call.chain) }
    case .answerEnd: return record.completeReply
    case .refuse(.cancelled): throw Self.refusal(of: record)
    // Not reached by Checkout and Begin, which are found by their own key: an impossible record is a fault of ours.
    case .decideCommit, .decideCancel, .rollBack, .refuse: throw Reasons.checkoutInProgress
    }
  }

  private func hold(_ record: InventoryV1.OrderRecord, _ call: Call) async throws -> [UInt8] {
    let plan = try GatewayV1.CheckoutPlan(decoding: record.plan)
    let answers = await participants.send(plan.holds, .oneHoldPlaced, call.chain)
    if Task.isCancelled {
      return try await tasks.run { try await giveUp(record, because: Reasons.callerGone, call) }
    }
    if let failure = answers.failure {
      return try await tasks.run { try await giveUp(record, because: failure.asAnswer(usesQuote: call.usesQuote), call) }
    }
    faults.reach(.holdsPlaced)
    if call.kind == .begin { return try await recordHold(record, call) }
    let tenders = try Self.allTenders(of: record, call)
    return try await tasks.run {
      try await decideCommit(record, tenders: tenders, key: call.key, recordsHold: true, call.chain)
    }
  }

  /// Begin's last step. A lost answer leaves an order that a retry finds held, or records now: nothing is undone for it.
  private func recordHold(_ record: InventoryV1.OrderRecord, _ call: Call) async throws -> [UInt8] {
    let orderID = record.order?.orderID ?? ""
    let beginReply: [UInt8]
    do {
      beginReply = try await orders.recordHold(orderID: orderID, beginReply: Self.beginReply(of: record), call.chain)
    } catch let error as UpstreamError where error.kind == .silent && !error.callerTimedOut {
      throw Reasons.checkoutInProgress
    }
    faults.reach(.holdRecorded)
    // Recorded now or by another gateway before: what is kept is the answer, whatever became of the order since.
    guard beginReply.isEmpty else { return beginReply }
    throw Self.refusal(of: try await orders.find(orderID: orderID, call.chain) ?? record)
  }

  /// Cancels an order that this gateway could not hold, frees its request key, and throws why. When another gateway has held it or
  /// decided it meanwhile, that stands and its answer is given: a till that was told OK may have taken the money.
  private func giveUp(_ record: InventoryV1.OrderRecord, because answer: any Error, _ call: Call) async throws -> [UInt8] {
    let own = call.chain.outlivingItsCaller()
    let decision = try await withdraw(orderID: record.order?.orderID ?? "", because: answer, own)
    let decided = decision.record ?? record
    if call.kind == .begin, decided.held { return decided.beginReply }
    switch OrderStanding(decided) {
    case .committing?: return try await rollForward(decided, own)
    case .completed?: return decided.completeReply
    case .opening?, .held?, nil: throw Reasons.checkoutInProgress
    case .cancelling?, .cancelled?:
      // The refusal is certain by now; whoever does not answer its Cancel gets it again from recovery.
      _ = try? await rollBack(decided, reply: [], own)
      throw decision.decided ? answer : Self.refusal(of: decided)
    }
  }

  /// Takes back an order whose CreateOrder was not answered: it may have been written, with its stock held. Returns once it is
  /// known to be undone; throws CHECKOUT_IN_PROGRESS while nobody knows.
  func withdrawUnanswered(orderID: String, because silence: UpstreamError, _ chain: CallChain) async throws {
    let decision: InventoryV1.DecideOrderResponse
    do {
      decision = try await withdraw(orderID: orderID, because: silence, chain)
    } catch let refusal as UpstreamError where refusal.cause.code == .notFound {
      return
    }
    // A retry at another gateway may have carried it on: then it is that one's.
    guard let decided = decision.record, OrderStanding(decided) == .cancelling else { return }
    _ = try? await rollBack(decided, reply: [], chain)
  }

  /// Decides that an order is cancelled unless it is held, and frees its request key.
  private func withdraw(orderID: String, because answer: any Error, _ chain: CallChain) async throws -> InventoryV1.DecideOrderResponse {
    let why = RPCError(describing: answer)
    let decision = try await decideUntilHeard(
      InventoryV1.DecideOrderRequest(
        orderID: orderID, decision: .cancel, cancelCode: why.code.rawValue, cancelReason: why.reason ?? "\(why.code)",
        cancelMessage: why.message, releasesRequestKey: true, onlyIfNotHeld: true), chain)
    faults.reach(.cancelDecided)
    return decision
  }

  // MARK: The decision

  /// Decides that the order is paid, and rolls it forward. Asked again while inventory is silent: what was decided is the
  /// answer however often it is asked.
  func decideCommit(
    _ record: InventoryV1.OrderRecord, tenders: [TypeV1.Tender], key: InventoryV1.RequestKey, recordsHold: Bool, _ chain: CallChain
  ) async throws -> [UInt8] {
    let request = InventoryV1.DecideOrderRequest(
      orderID: record.order?.orderID ?? "", decision: .commit, tenders: tenders, endKey: key, recordsHold: recordsHold)
    let decided = try await decideUntilHeard(request, chain).record ?? record
    faults.reach(.decided)
    switch OrderStanding(decided) {
    case .committing?, .completed?:
      switch EndedBy(decided, key: key) {
      case .thisCall: return try await conclude(decided, chain)
      case .another: throw Reasons.orderCompleted
      }
    case .cancelling?, .cancelled?: throw Self.refusal(of: decided)
    case .opening?, .held?, nil: throw Reasons.checkoutInProgress
    }
  }

  private func conclude(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async throws -> [UInt8] {
    record.order?.state == .completed ? record.completeReply : try await rollForward(record, chain)
  }

  /// Decides that the order is abandoned, takes the holds back and answers with `reply`.
  func decideAbandon(
    _ record: InventoryV1.OrderRecord, key: InventoryV1.RequestKey, _ chain: CallChain
  ) async throws -> InventoryV1.OrderRecord {
    let request = InventoryV1.DecideOrderRequest(
      orderID: record.order?.orderID ?? "", decision: .cancel, endKey: key, cancelReason: CancelReason.abandoned)
    let decided = try await decideUntilHeard(request, chain).record ?? record
    faults.reach(.cancelDecided)
    switch OrderStanding(decided) {
    case .cancelling?: return try await rollBack(decided, reply: Self.abandonReply(of: decided), chain)
    case .cancelled?: return decided
    default: throw Reasons.orderCompleted
    }
  }

  /// A queue or a disk that is full decides nothing either: its refusal is no answer to a till whose order stands open, with its holds.
  private func decideUntilHeard(
    _ request: InventoryV1.DecideOrderRequest, _ chain: CallChain
  ) async throws -> InventoryV1.DecideOrderResponse {
    var backOff = BackOff(until: .after(commitDeadline))
    while true {
      do {
        return try await orders.decide(request, chain.outlivingItsCaller())
      } catch let error as UpstreamError where error.mayPass {
        // Whether it was decided, or will be, is unknown: it is neither undone nor answered.
        guard await backOff.pause() else { throw Reasons.checkoutInProgress }
      }
    }
  }

  // MARK: Past the decision

  /// COMMITTING → COMPLETED: posts every commit, builds the receipt and has inventory keep it. Returns what inventory kept.
  ///
  /// A step that goes on failing leaves the order to recovery, and the caller learns how it ended by the same request id.
  func rollForward(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async throws -> [UInt8] {
    let deadline = Deadline.after(commitDeadline)
    let own = chain.outlivingItsCaller()
    let plan = try GatewayV1.CheckoutPlan(decoding: record.plan)
    let answers = await participants.sendUntilDone(plan.commits, .oneCommitPosted, by: deadline, own)
    if let failure = answers.failure {
      report("an order could not be committed yet", record, failure)
      throw Reasons.checkoutInProgress
    }
    faults.reach(.commitsPosted)
    let commit = try answers.reply(of: CheckoutPlanning.loyalty, as: LoyaltyV1.CommitResponse.self)
    let reply = Self.receiptReply(of: record, commit)
    var backOff = BackOff(until: deadline)
    while true {
      do {
        let completed = try await orders.complete(orderID: record.order?.orderID ?? "", reply: reply, own)
        faults.reach(.completed)
        return completed.completeReply
      } catch let error as UpstreamError {
        guard await backOff.pause() else {
          report("an order could not be completed yet", record, error)
          throw Reasons.checkoutInProgress
        }
      }
    }
  }

  /// CANCELLING → CANCELLED: sends every cancel once, then has inventory give the stock back. What fails is left to recovery.
  @discardableResult
  func rollBack(_ record: InventoryV1.OrderRecord, reply: [UInt8], _ chain: CallChain) async throws -> InventoryV1.OrderRecord {
    let own = chain.outlivingItsCaller()
    let plan = try GatewayV1.CheckoutPlan(decoding: record.plan)
    if let failure = await participants.send(plan.cancels, .oneCancelPosted, own).failure {
      report("an order could not be cancelled yet", record, failure)
      throw Reasons.checkoutInProgress
    }
    faults.reach(.cancelsPosted)
    do {
      let cancelled = try await orders.cancel(orderID: record.order?.orderID ?? "", reply: reply, own)
      faults.reach(.cancelled)
      return cancelled
    } catch let error as UpstreamError {
      report("an order could not be cancelled yet", record, error)
      throw Reasons.checkoutInProgress
    }
  }

  private func report(_ what: Logger.Message, _ record: InventoryV1.OrderRecord, _ failure: UpstreamError) {
    // Silence past a decision is a matter of time; a refusal there contradicts the promise of a hold, and a person must look.
    logger.log(
      level: failure.kind == .silent ? .warning : .error, what,
      metadata: [
        "order_id": "\(record.order?.orderID ?? "")", "service": "\(failure.service)", "code": "\(failure.cause.code)",
        "reason": "\(failure.cause.reason ?? "")",
      ])
  }
}
