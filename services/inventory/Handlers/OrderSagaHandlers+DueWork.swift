import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  func leaseDueWork(
    _ request: InventoryV1.LeaseDueWorkRequest, context: ServerContext
  ) async throws -> InventoryV1.LeaseDueWorkResponse {
    try context.requireSaga()
    let now = clock.now()
    let (due, lease) = try Self.decode(request, now: now)
    guard try await database.read(for: context, { snapshot in try DueWorkStore.exists(due, in: snapshot) }) else {
      return InventoryV1.LeaseDueWorkResponse()
    }
    // Ids alone: a lease is written before it is answered, so an answer too large for a message would hide the same work for ever.
    let work = try await database.write(for: context) { transaction in
      try DueWorkStore.lease(due, lease, limit: Int(request.limit), in: transaction)
    }
    return InventoryV1.LeaseDueWorkResponse(orderIDs: work.orderIDs, returnIDs: work.returnIDs)
  }

  private static func decode(
    _ request: InventoryV1.LeaseDueWorkRequest, now: Date
  ) throws -> (DueWorkStore.Due, DueWorkStore.Lease) {
    var errors = FieldErrors()
    errors.require(text: request.leaseOwner, "lease_owner", upTo: Limits.identifierBytes)
    errors.require(
      (1...Limits.dueWorkPerLease).contains(Int(request.limit)), "limit", "must be 1 to \(Limits.dueWorkPerLease)")
    let lease = seconds(request.leaseDuration, "lease_duration", within: Limits.leaseSeconds, &errors)
    let stalled = seconds(request.stalledAfter, "stalled_after", within: Limits.stalledSeconds, &errors)
    try errors.throwIfAny()
    return (
      DueWorkStore.Due(now: now, stalledSince: now.addingTimeInterval(-stalled)),
      DueWorkStore.Lease(owner: request.leaseOwner, until: now.addingTimeInterval(lease))
    )
  }

  private static func seconds(
    _ duration: GoogleProtobuf.Duration?, _ field: String, within range: ClosedRange<Double>, _ errors: inout FieldErrors
  ) -> Double {
    let seconds = duration.map { $0.duration / .seconds(1) }
    errors.require(
      seconds.map(range.contains) ?? false, field, "must be set, \(Int(range.lowerBound)) to \(Int(range.upperBound)) s")
    return seconds ?? 0
  }
}
