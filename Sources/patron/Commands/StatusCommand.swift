import ArgumentParser
import Foundation
import GoogleProto
import RPC
import ServiceKit

/// What runs, as the services themselves say.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show the services that patron up runs on a data folder.",
    discussion: "With the calls that each has served since its start, but for health checks. The exit code is 0 when all five serve.")

  @OptionGroup var data: DataOptions
  @Option(help: "Wait up to this many seconds until all serve.") var wait: Double = 0

  private static let interval = Duration.milliseconds(200)

  func run() async throws {
    try await FailureReport.around {
      let deadline = ContinuousClock.now + .seconds(wait)
      var reports = await Self.reports(data.folder)
      while !Self.allServe(reports), ContinuousClock.now < deadline {
        try await Task.sleep(for: Self.interval)
        reports = await Self.reports(data.folder)
      }
      Terminal.print(Self.table(reports))
      if !Self.allServe(reports) { throw ExitCode(1) }
    }
  }

  private struct Report: Sendable {
    var name: String
    var ready: ReadyFile?
    var health: String
    var page: MetricsPage?
    var since: Date?
  }

  private static func allServe(_ reports: [Report]) -> Bool { reports.allSatisfy { $0.health == "SERVING" } }

  private static func reports(_ folder: DataFolder) async -> [Report] {
    let services = AddressBook.read(folder) ?? [:]
    return await withTaskGroup(of: Report.self) { group in
      for name in Roster.names {
        let ready = services[name]
        group.addTask {
          let attributes = try? FileManager.default.attributesOfItem(atPath: folder.readyFile(of: name))
          async let page = metrics(ready)
          return Report(
            name: name, ready: ready, health: await health(ready), page: await page, since: attributes?[.modificationDate] as? Date)
        }
      }
      let reports = await group.reduce(into: [String: Report]()) { $0[$1.name] = $1 }
      return Roster.names.compactMap { reports[$0] }
    }
  }

  /// By grpc.health.v1, as any load balancer asks.
  private static func health(_ ready: ReadyFile?) async -> String {
    guard let ready, let channel = try? Connection.open(ready.rpc) else { return "not started" }
    let check = MethodDescriptor(service: "grpc.health.v1.Health", method: "Check", kind: .unary)
    let answer: String
    do {
      let reply: HealthV1.HealthCheckResponse = try await channel.unary(
        check, HealthV1.HealthCheckRequest(), options: CallOptions(timeout: .seconds(2)))
      answer = reply.status == .serving ? "SERVING" : "NOT SERVING"
    } catch let error as RPCError {
      answer = "\(error.code)"
    } catch {
      answer = "\(error)"
    }
    await channel.close()
    return answer
  }

  private static func metrics(_ ready: ReadyFile?) async -> MetricsPage? {
    guard let ready else { return nil }
    return await MetricsPage.read(at: ready.admin)
  }

  private static func table(_ reports: [Report]) -> String {
    var table = Table([
      ("service", .left), ("rpc", .left), ("admin", .left), ("process", .right), ("health", .left), ("version", .left), ("calls", .right),
      ("up", .right),
    ])
    for report in reports {
      let isUp = report.ready != nil
      table.add([
        report.name, report.ready?.rpc ?? "–", report.ready?.admin ?? "–", report.ready.map { "\($0.pid)" } ?? "–", report.health,
        report.page?.version ?? "–", report.page.map { "\($0.servedCalls)" } ?? "–",
        isUp ? report.since.map { age(Date().timeIntervalSince($0)) } ?? "–" : "–",
      ])
    }
    return table.text
  }

  private static func age(_ seconds: TimeInterval) -> String {
    let seconds = max(0, Int(seconds))
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3_600 { return "\(seconds / 60) min" }
    if seconds < 86_400 { return "\(seconds / 3_600) h \(seconds / 60 % 60) min" }
    return "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
  }
}
