import Database
import GoogleProto
import PatronAPI
import ServiceKit

/// Runs every check, however long the books are. Each has a snapshot of its own, so that none is pinned for the time of all of them.
struct InventoryVerification {
  let database: Database
  let clock: any WallClock

  func run(deadline: ContinuousClock.Instant? = nil) async throws -> InventoryV1.VerifyResponse {
    let time = clock.now()
    var differences: [TypeV1.Difference] = []
    for check in VerifyStore.checks {
      differences += try await database.maintenanceRead(deadline: deadline) { snapshot in try VerifyStore.run(check, in: snapshot) }
        .map { TypeV1.Difference(check: $0.check, ids: $0.ids, expected: $0.expected, found: $0.found) }
    }
    let (levels, orders) = try await database.maintenanceRead(deadline: deadline) { snapshot in
      (try VerifyStore.stockLevelCount(in: snapshot), try VerifyStore.orderCount(in: snapshot))
    }
    return InventoryV1.VerifyResponse(
      differences: differences, stockLevelsChecked: levels, ordersChecked: orders,
      asOfTime: GoogleProtobuf.Timestamp(time))
  }
}
