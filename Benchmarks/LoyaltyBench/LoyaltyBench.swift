import ArgumentParser
import Foundation
import Loyalty
import PatronAPI
import ServiceTesting

/// What loyalty's calls cost over a large membership: the service as it is, its own App on a real SQLite file, called through the in-process
/// transport, so that a figure is the whole call and no socket. Build it in release.
@main struct LoyaltyBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loyalty-bench", abstract: "Measures balances, checkouts, refunds, tiers and notices; make bench-loyalty runs it.")

  @Option(help: "Members, each with two orders.") var members = 100_000
  @Option(help: "Lots of points, spread over the members, all of which end within the lead of notices.") var lots = 1_000_000
  @Option(help: "Calls of a measurement.") var operations = 20_000
  @Option(help: "For how many seconds notices are told while tills write.") var seconds = 20
  @Option(help: "Where the figures go as JSON.") var json: String?

  func validate() throws {
    guard members >= 1_000, lots >= members, operations >= 1_000, seconds > 0 else { throw ValidationError("too few to measure") }
  }

  func run() async throws {
    let clock = ManualClock(Books.now)
    let service = try await TestService<LoyaltyApp>.start(clock: clock, adjustDatabase: TestService<LoyaltyApp>.underLoad)
    let books = Books(members: members, lots: lots)
    var report = Report(members: members, lots: lots)
    do {
      let path = service.databasePath
      try await service.restart {
        books.write(to: path)
        report.bareTiers = await books.sumOrders(in: path)
      }
      let till = Till(channel: service.channel, members: members)
      report.balance = try await Measurement.of(operations, callers: 64) { try await till.readBalance($0) }
      report.earn = try await Measurement.of(operations, callers: 256) { try await till.sell("earn-\($0)", spending: 0, number: $0) }
      report.spend = try await Measurement.of(operations, callers: 256) { try await till.sell("spend-\($0)", spending: 1, number: $0) }
      report.refund = try await Measurement.of(operations, callers: 256) { try await till.takeBack("earn-\($0)") }
      report.tiers = try await Measurement.of(1, callers: 1) { _ in try await till.simulateTiers() }
      report.points = try await Measurement.of(1, callers: 1) { _ in try await till.reportPoints() }
      report.writesAlone = try await Measurement.during(seconds, callers: 16) {
        try await till.sell("alone-\($0)", spending: 0, number: $0)
      }
      // Its background work begins with the notices.
      let (busy, told) = try await Notices.during(seconds, service, till)
      (report.writesBesideNotices, report.noticesASecond) = (busy, told)
    } catch {
      await service.stop()
      throw error
    }
    await service.stop()
    print(report.table)
    if let json { try report.writeJSON(to: json) }
  }
}
