import ArgumentParser
import Foundation
import RPC

/// `patron demo`: sells one real trading day through the gateway, as tills would, and reconciles what happened with the file.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Sell one real trading day through the gateway, and reconcile it to the cent.",
    discussion: """
      645 baskets of 506 households at 116 stores, from a published grocery data set. The first run on a data folder stores an anchor, so that the \
      day ends when that run began; later runs replay it and change nothing. Exits with 1 if anything differs.
      """)

  @OptionGroup var gateway: GatewayOptions

  @Option(help: "How many tills sell at once.") var tills = 8

  @Flag(help: "Print the sums and the reconciliation only.") var brief = false

  @Flag(help: "Fail unless every sale replays: for a second run on the same data.") var expectReplay = false

  @Option(name: .customLong("bench-json"), help: "Write the rate, the latency and the CPU time of the checkouts to this file.")
  var benchJSON: String?

  func validate() throws {
    guard (1...256).contains(tills) else { throw ValidationError("--tills must be 1 to 256") }
  }

  func run() async throws {
    let folder = URL(fileURLWithPath: gateway.data.folder.path).appendingPathComponent("demo")
    let day = try GroceryDay.load()
    let anchor = try DemoAnchor.loadOrCreate(in: folder, now: Date())
    let journal = try TillJournal(file: folder.appendingPathComponent("tills.journal"))
    let processes = ProcessTimes(AddressBook.read(gateway.data.folder)?.mapValues(\.pid) ?? [:])

    let differs = try await Connection.with(gateway) { channel in
      let api = DemoClients(channel: channel)
      let run = DemoRun(day: day, anchor: anchor, api: api, journal: journal, tills: tills, processes: processes)
      let result = try await run.run()
      let report = DemoReport(day: day, setup: result.setup, sales: result.sales, returns: result.returns)
      if !brief { report.printDay() }
      report.printSums()
      printSpeed(result)
      if let benchJSON { try writeBench(result, to: benchJSON) }
      let reading = try await DemoReading(
        api, storeIDs: result.setup.storeIDs.values.sorted(), grantedMemberID: result.setup.grantedMemberID, anchor: anchor)
      report.printPoints(reading.pointsByTier)
      let verification = try await SystemVerification(channel).run()
      let verdict = DemoVerdict(
        checks: DemoReconciliation(day: day, setup: result.setup, sales: result.sales, reading: reading).checks(),
        differences: verification.differences.map(SystemVerification.line), isProven: verification.comparedSums,
        endings: result.sales.map(\.ending) + result.returns.map(\.ending), expectsReplay: expectReplay)
      print("\nReconciliation")
      verdict.lines.forEach { print($0) }
      return !verdict.holds
    }
    if differs { throw ExitCode.failure }
  }

  private func printSpeed(_ result: DemoRun.Result) {
    let fresh = result.sales.count - result.replayedSales
    print(
      "\(result.sales.count) checkouts (\(fresh) new, \(result.replayedSales) replayed) in \(decimal(result.salesSeconds, 2)) s with \(tills) tills: "
        + "p50 \(decimal(result.medianMilliseconds, 1)) ms, p99 \(decimal(result.ninetyNinthMilliseconds, 1)) ms, "
        + "\(decimal(result.cpuMillisecondsPerCheckout, 2)) ms of CPU a checkout over all services")
  }

  private struct Bench: Encodable {
    let checkouts: Int
    let tills: Int
    let cores: Int
    let checkoutsPerSecond: Double
    let p50Milliseconds: Double
    let p99Milliseconds: Double
    let cpuMillisecondsPerCheckout: Double
  }

  private func writeBench(_ result: DemoRun.Result, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let bench = Bench(
      checkouts: result.sales.count, tills: tills, cores: ProcessInfo.processInfo.activeProcessorCount,
      checkoutsPerSecond: Double(result.sales.count) / max(result.salesSeconds, 1e-9), p50Milliseconds: result.medianMilliseconds,
      p99Milliseconds: result.ninetyNinthMilliseconds, cpuMillisecondsPerCheckout: result.cpuMillisecondsPerCheckout)
    try encoder.encode(bench).write(to: URL(fileURLWithPath: path))
  }
}

private func decimal(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }
