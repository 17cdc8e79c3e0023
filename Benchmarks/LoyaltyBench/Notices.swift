import Foundation
import Loyalty
import ServiceTesting

/// Notices of points that end soon, told while tills write.
enum Notices {
  /// What the tills' orders took meanwhile, and how many notices a second were told.
  static func during(
    _ seconds: Int, _ service: TestService<LoyaltyApp>, _ till: Till
  ) async throws -> (writes: Measurement, noticesASecond: Double) {
    let background = Task { try await service.app.run() }
    let before = service.database.lastEventPosition
    let writes = try await Measurement.during(seconds, callers: 16) { try await till.sell("beside-\($0)", spending: 0, number: $0) }
    let events = service.database.lastEventPosition - before
    background.cancel()
    _ = await background.result
    // Each order is an event of its own.
    return (writes, Double(events - Int64(writes.operations)) / Double(seconds))
  }
}
