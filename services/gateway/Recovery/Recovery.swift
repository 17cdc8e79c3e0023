import GoogleProto
import Logging
import PatronAPI
import RPC
import ServiceKit

/// Finishes what others left: orders past their expiry are cancelled; orders and returns that were decided and stand still are
/// rolled on, by the bytes frozen in them.
///
/// Work is leased from inventory, so of several gateways one does each piece; should a lease run out under a slow one, the
/// steps are idempotent and nothing is done twice.
struct Recovery: Sendable {
  let orders: Orders
  let saga: CheckoutSaga
  let returns: ReturnSaga
  let tasks: SagaTasks
  let logger: Logger
  /// Names this replica in its leases.
  let leaseOwner: String
  let interval: Duration
  let stalledAfter: Duration
  let leaseDuration: Duration

  /// Pieces that are carried on at once, each with its order in memory; an order may be of some megabytes. No more are leased: one that
  /// waited for others might begin after its lease. What is left waits for the next sweep, which follows at once.
  static let piecesAtOnce = 16

  /// One order or return that is due, by its id: each is read by itself, since all together would fit no message.
  private enum Piece: Sendable {
    case order(String)
    case orderReturn(String)
  }

  /// Sweeps until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let found = await sweepReporting()
      // A full lease means that more is waiting.
      if found < Self.piecesAtOnce { try? await Task.sleep(for: interval) }
    }
  }

  private func sweepReporting() async -> Int {
    do {
      return try await sweep()
    } catch {
      report(failedSweep: error)
      return 0
    }
  }

  private func report(failedSweep error: any Error) {
    let cause = (error as? UpstreamError)?.cause ?? error as? RPCError
    switch cause?.code {
    case .unavailable?, .deadlineExceeded?, .cancelled?:
      // Inventory is away: there is nothing to find, and the next sweep asks again.
      logger.debug("recovery found nobody to ask", metadata: ["code": "\(cause?.code ?? .unknown)"])
    default:
      guard !Task.isCancelled else { return }
      // Asking again will not help: orders stand still until a person looks.
      logger.error(
        "recovery cannot learn what is due",
        metadata: ["code": "\(cause?.code ?? .unknown)", "reason": "\(cause?.reason ?? "")", "error": "\(type(of: error))"])
    }
  }

  /// Leases what is due and carries each piece on. Returns how many pieces there were.
  @discardableResult
  func sweep() async throws -> Int {
    let chain = CallChain(caller: .gateway(logID: "recovery")) { nil }
    let work = try await orders.leaseDueWork(
      InventoryV1.LeaseDueWorkRequest(
        leaseOwner: leaseOwner, leaseDuration: GoogleProtobuf.Duration(leaseDuration),
        stalledAfter: GoogleProtobuf.Duration(stalledAfter), limit: Int32(Self.piecesAtOnce)), chain)
    let pieces = work.orderIDs.map(Piece.order) + work.returnIDs.map(Piece.orderReturn)
    await withTaskGroup(of: Void.self) { group in
      for piece in pieces {
        // A drain begins no further piece; their leases run out and another gateway takes them.
        if Task.isCancelled { break }
        // In the gateway's own tasks: a drain in the middle of a piece waits for it.
        let work = tasks.start { await carryOn(piece, chain) }
        group.addTask { _ = await work.result }
      }
    }
    return pieces.count
  }

  private func carryOn(_ piece: Piece, _ chain: CallChain) async {
    switch piece {
    case .order(let id):
      await report("order", id) {
        guard let record = try await orders.find(orderID: id, chain) else { return }
        try await carryOn(record, chain)
      }
    case .orderReturn(let id):
      await report("return", id) {
        guard let record = try await orders.findReturn(returnID: id, chain) else { return }
        _ = try await returns.finish(record, chain)
      }
    }
  }

  private func carryOn(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async throws {
    switch OrderStanding(record) {
    case .opening?, .held?: try await expire(record, chain)
    case .committing?: _ = try await saga.rollForward(record, chain)
    case .cancelling?: try await rollBack(record, chain)
    case .completed?, .cancelled?, nil: break
    }
  }

  /// PENDING past its expiry. Nobody was told OK of an order that is not held, so inventory frees its request key; that of one that is
  /// held it keeps, as it stands when the decision is made.
  private func expire(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async throws {
    let decision = try await orders.decide(
      InventoryV1.DecideOrderRequest(
        orderID: record.order?.orderID ?? "", decision: .cancel, cancelReason: CancelReason.expired,
        releasesRequestKey: true, onlyIfExpired: true), chain)
    guard let decided = decision.record else { return }
    switch OrderStanding(decided) {
    case .cancelling?: try await rollBack(decided, chain)
    case .committing?: _ = try await saga.rollForward(decided, chain)
    // Extended or ended since it was leased.
    case .opening?, .held?, .completed?, .cancelled?, nil: break
    }
  }

  private func rollBack(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async throws {
    // A call that abandoned it has its reply kept, though nobody waits for it here.
    let reply = record.endKey == nil ? [] : CheckoutSaga.abandonReply(of: record)
    try await saga.rollBack(record, reply: reply, chain)
  }

  private func report(_ kind: String, _ id: String, _ work: () async throws -> Void) async {
    do {
      try await work()
      logger.info("recovery carried on", metadata: ["\(kind)_id": "\(id)"])
    } catch {
      // The saga has logged why; the lease runs out and the next sweep takes it again.
      logger.notice("recovery could not finish", metadata: ["\(kind)_id": "\(id)"])
    }
  }
}
