import Logging
import ServiceLifecycle
import Testing

@testable import ServiceKit

@Suite struct LifecycleServicesTests {
  /// What campaign and inventory do, which have no background work: theirs ends as it begins, perhaps while the group already stops.
  @Test func `work that ends by itself while the service stops does not make the stop a failure`() async throws {
    let workMayEnd = Gate()
    let (served, isServed) = AsyncStream.makeStream(of: Void.self)
    let parts: [any Service] = [
      BackgroundWork {
        isServed.finish()
        await workMayEnd.pass()
      },
      StoppedInTurn {
        workMayEnd.open()
        for _ in 0..<1_000 { await Task.yield() }
      },
    ]
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: parts.map {
          ServiceGroupConfiguration.ServiceConfiguration(
            service: $0, successTerminationBehavior: .ignore, failureTerminationBehavior: .gracefullyShutdownGroup)
        },
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    async let running: Void = group.run()
    for await _ in served {}
    await group.triggerGracefulShutdown()
    try await running
  }
}
