import ArgumentParser
import PatronAPI

/// The proof that the services agree with each other and with themselves.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Prove that orders, points, coupons and stock agree across the services.",
    discussion: """
      Every order is wholly done or wholly undone, no hold is open without an open order, every completed return was taken back \
      everywhere, the points and discounts of the orders are those of the ledgers, and each service's own ledgers sum up. Prints each \
      difference with its ids; the exit code is 1 when there is any, and 2 when none was found but the services never stood still for long \
      enough to compare their sums: then nothing is proven, and it is to be run again.
      """)

  @OptionGroup var gateway: GatewayOptions

  @Option(help: "How many seconds past its expiry or its decision an order may be open, and a return past its writing.")
  var grace = SystemVerification.defaultGrace / .seconds(1)

  static let unproven = ExitCode(2)

  func validate() throws {
    guard grace >= 0 else { throw ValidationError("--grace must be 0 or more") }
  }

  func run() async throws {
    try await FailureReport.around {
      let report = try await Connection.with(gateway) { try await SystemVerification($0, grace: .seconds(grace)).run() }
      for difference in report.differences { Terminal.print(SystemVerification.line(difference)) }
      Terminal.print("verify: \(report.orders) orders, \(report.entries) ledger entries: \(report.outcome)")
      if !report.differences.isEmpty { throw ExitCode(1) }
      if !report.comparedSums { throw Self.unproven }
    }
  }
}
