import ArgumentParser
import Foundation
import StorageFaults

/// What storage costs through Database, beside the same SQL as a bare loop over the C API. Build it in release.
@main struct StorageBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage-bench", abstract: "Measures ledger writes and point reads; make bench-storage runs it.")

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case writes, archive, slowDisk = "slow-disk", reads, growth, schemas, postgres
  }

  @Option(help: "Ledger writes of a measurement; those of one caller are a tenth.") var operations = 100_000
  @Option(help: "The largest ledger whose writes are measured; each is ten times the one before, from 100000.") var entries = 1_000_000
  @Option(help: "The parts to measure.") var only: [Part] = Part.allCases
  @Option(help: "A PostgreSQL server's URL, and the number of its process, to be measured beside; left out otherwise.") var postgres:
    String?
  @Option(help: "See --postgres.") var postgresProcess: Int32?
  @Option(help: "Where the figures go as JSON.") var json: String?

  /// In microseconds: a disk of rust, or of a cloud.
  private static let slowSync: UInt32 = 5_000

  private static let archiveRounds = 3

  func validate() throws {
    guard operations >= 1000, entries >= 100_000 else { throw ValidationError("too few to measure") }
  }

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("storage-bench-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String) -> String { folder.appendingPathComponent("\(name).sqlite").path }

    var report = Report()
    if only.contains(.writes) || only.contains(.reads) {
      report.bareLoop = await BareLoop.write(path: file("bare"), operations: operations)
    }
    if only.contains(.writes) {
      report.oneCaller = try await ThroughDatabase.write(path: file("alone"), operations: 0..<operations / 10, callers: 1)
      report.manyCallers = try await ThroughDatabase.write(path: file("together"), operations: 0..<operations, callers: 256)
    }
    if only.contains(.archive) {
      // Alternating, so that both have their share of whatever else the machine does.
      for round in 0..<Self.archiveRounds {
        report.unarchived.append(
          try await ThroughDatabase.write(path: file("unarchived-\(round)"), operations: 0..<operations, callers: 256))
        report.archived.append(
          try await ThroughDatabase.write(
            path: file("archived-\(round)"), operations: 0..<operations, callers: 256,
            archive: folder.appendingPathComponent("archive-\(round)").path))
      }
      report.unarchivedAlone = try await ThroughDatabase.write(path: file("unarchived-alone"), operations: 0..<operations / 10, callers: 1)
      report.archivedAlone = try await ThroughDatabase.write(
        path: file("archived-alone"), operations: 0..<operations / 10, callers: 1,
        archive: folder.appendingPathComponent("archive-alone").path)
    }
    if only.contains(.slowDisk) {
      let disk = FaultDisk(syncMicroseconds: Self.slowSync).name
      report.slowDiskOneCaller = try await ThroughDatabase.write(
        path: file("slow-alone"), operations: 0..<operations / 500, callers: 1, disk: disk)
      report.slowDiskManyCallers = try await ThroughDatabase.write(
        path: file("slow-together"), operations: 0..<operations / 5, callers: 256, disk: disk)
    }
    if only.contains(.reads) {
      let reads = operations * 5
      report.bareReads = await BareLoop.read(path: file("bare"), operations: reads)
      try await ThroughDatabase.make(file("read"))
      _ = try await ThroughDatabase.write(path: file("read"), operations: 0..<operations, callers: 256)
      report.reads = try await ThroughDatabase.read(path: file("read"), operations: reads, callers: 64)
    }
    if only.contains(.growth) { report.growth = try await Growth.curve(path: file("growth"), upTo: entries) }
    if only.contains(.schemas) {
      for schema in Schema.allCases {
        report.schemas[schema] = await BareLoop.write(path: file("schema-\(schema)"), operations: operations, to: schema)
      }
    }
    if only.contains(.postgres) {
      if let postgres, let postgresProcess {
        try await measure(ThroughPostgres(url: postgres, process: postgresProcess), &report)
      } else {
        print("PostgreSQL is not measured: no server was named (--postgres, --postgres-process)")
      }
    }
    print(report.table)
    if let json { try report.writeJSON(to: json) }
  }

  /// One connection and many, and what hot rows cost with either isolation.
  private func measure(_ server: ThroughPostgres, _ report: inout Report) async throws {
    let (few, many) = (operations / 20, operations / 5)
    report.postgres["1 connection"] = try await server.write(operations: few, connections: 1, contention: .none, locksRows: true)
    report.postgres["8 connections"] = try await server.write(operations: many, connections: 8, contention: .none, locksRows: true)
    report.postgres["32 connections"] = try await server.write(operations: many, connections: 32, contention: .none, locksRows: true)
    report.postgres["8 connections, SERIALIZABLE"] = try await server.write(
      operations: many, connections: 8, contention: .none, locksRows: false)
    for (name, contention) in [("one member", ThroughPostgres.Contention.oneMember), ("one limit", .oneLimit)] {
      report.postgres["8 connections, \(name), SERIALIZABLE"] = try await server.write(
        operations: few, connections: 8, contention: contention, locksRows: false)
      report.postgres["8 connections, \(name), row locked"] = try await server.write(
        operations: few, connections: 8, contention: contention, locksRows: true)
    }
  }
}
