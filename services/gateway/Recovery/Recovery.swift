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

  /// Pieces of work of one lease; more wait for the next sweep, which follows at once.
  static let piecesPerSweep = 100

  /// Sweeps until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let found = await sweepReporting()
      // A full lease means that more is waiting.
      if found < Self.piecesPerSweep { try? await Task.sleep(for: interval) }
    }
  }

  private func sweepReporting() async -> Int {
    do {
      return try await sweep()
    } catch {
      // Inventory is away: there is nothing to find, and the next sweep asks again.
      logger.debug("recovery found nobody to ask", metadata: ["error": "\(type(of: error))"])
      return 0
    }
  }

  /// Leases what is due and carries each piece on. Returns how many pieces there were.
  @discardableResult
  func sweep() async throws -> Int {
    let chain = CallChain(caller: .gateway(logID: "recovery")) { nil }
    let work = try await orders.leaseDueWork(
      InventoryV1.LeaseDueWorkRequest(
        leaseOwner: leaseOwner, leaseDuration: GoogleProtobuf.Duration(leaseDuration),
        stalledAfter: GoogleProtobuf.Duration(stalledAfter), limit: Int32(Self.piecesPerSweep)), chain)
    // In the gateway's own tasks: a drain in the middle of a piece waits for it.
    let pieces =
      work.orders.map { record in tasks.start { await carryOn(record, chain) } }
      + work.returns.map { record in tasks.start { await carryOn(record, chain) } }
    for piece in pieces { try await piece.value }
    return pieces.count
  }

  private func carryOn(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async {
    let orderID = record.order?.orderID ?? ""
    await report("order", orderID) {
      switch OrderStanding(record) {
      case .opening?, .held?: try await expire(record, chain)
      case .committing?: _ = try await saga.rollForward(record, chain)
      case .cancelling?: try await rollBack(record, chain)
      case .completed?, .cancelled?, nil: break
      }
    }
  }

  private func carryOn(_ record: InventoryV1.ReturnRecord, _ chain: CallChain) async {
    await report("return", record.orderReturn?.returnID ?? "") { _ = try await returns.finish(record, chain) }
  }

  /// PENDING past its expiry. Nobody was told OK of an order that is not held, so its request key is free again.
  private func expire(_ record: InventoryV1.OrderRecord, _ chain: CallChain) async throws {
    let decision = try await orders.decide(
      InventoryV1.DecideOrderRequest(
        orderID: record.order?.orderID ?? "", decision: .cancel, cancelReason: CancelReason.expired,
        releasesRequestKey: !record.held, onlyIfExpired: true), chain)
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
