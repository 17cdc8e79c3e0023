import Foundation

// `ledger-bench [--operations N] [--json PATH]`: what a write costs through Database, beside the same SQL as a bare loop over the C API.
// Build it in release.

let options = Options(CommandLine.arguments.dropFirst())
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-bench-\(getpid())")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

let bare = try await BareLoop.run(
  path: folder.appendingPathComponent("bare.sqlite").path, operations: options.operations, batch: 64)
let alone = try await ThroughDatabase.run(
  path: folder.appendingPathComponent("alone.sqlite").path, operations: options.operations / 10, callers: 1)
let together = try await ThroughDatabase.run(
  path: folder.appendingPathComponent("together.sqlite").path, operations: options.operations, callers: 256)
let report = Report(bare: bare, alone: alone, together: together)
print(report.table)
if let path = options.jsonPath { try report.writeJSON(to: path) }
