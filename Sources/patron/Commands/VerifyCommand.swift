import ArgumentParser
import PatronAPI

/// The proof that the services agree with each other and with themselves.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Prove that orders, points, coupons and stock agree across the services.",
    discussion: """
      Every order is wholly done or wholly undone, no hold is open without an open order, every completed return was taken back \
      everywhere, the points and discounts of the orders are those of the ledgers, and each service's own ledgers sum up. Prints each \
      difference with its ids; the exit code is 1 when there is any.
      """)

  @OptionGroup var gateway: GatewayOptions

  func run() async throws {
    try await FailureReport.around {
      let report = try await Connection.with(gateway) { try await SystemVerification($0).run() }
      for difference in report.differences { Terminal.print(SystemVerification.line(difference)) }
      if !report.comparedSums {
        Terminal.printError("patron: the services were never still for long enough to compare their sums; orders were checked one by one")
      }
      let outcome = report.differences.isEmpty ? "no differences" : "\(report.differences.count) differences"
      Terminal.print("verify: \(report.orders) orders, \(report.entries) ledger entries: \(outcome)")
      if !report.differences.isEmpty { throw ExitCode(1) }
    }
  }
}
