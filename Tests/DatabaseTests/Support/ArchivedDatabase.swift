import Foundation
import Synchronization
import Testing

@testable import Database

/// A database whose log is shipped, at times that the test sets.
final class ArchivedDatabase: Sendable {
  let temporary: TemporaryDatabase
  /// Microseconds since 1970 UTC.
  let now: Atomic<Int64>

  init(now: Int64 = 1_000_000) throws {
    temporary = try TemporaryDatabase()
    self.now = Atomic(now)
  }

  var archivePath: String { temporary.folder.appendingPathComponent("archive").path }
  var restoredPath: String { temporary.folder.appendingPathComponent("restored.sqlite").path }

  /// Opens it, and waits until the archive has a base.
  func open(_ configure: (inout DatabaseConfiguration) -> Void = { _ in }) async throws -> Database {
    let database = try openUnready(configure)
    try await waitForBase()
    return database
  }

  func openUnready(_ configure: (inout DatabaseConfiguration) -> Void = { _ in }) throws -> Database {
    try temporary.open { configuration in
      var archive = ArchiveConfiguration(folder: archivePath)
      // Nothing happens by itself but what a start does.
      archive.interval = .seconds(3_600)
      archive.now = { [self] in now.load(ordering: .relaxed) }
      configuration.archive = archive
      // On a busy machine the archiver is slower than a writer's patience, and is asked again.
      configuration.busyTimeoutMilliseconds = 300_000
      configure(&configuration)
    }
  }

  private var folder: ArchiveFolder { ArchiveFolder(path: archivePath) }

  var chains: [Int] { folder.chains() }

  func waitForBase(_ number: Int = 1) async throws {
    while folder.chains().last.map({ folder.bases($0).contains(number) }) != true { try await Task.sleep(for: .milliseconds(5)) }
  }

  /// Every file of the archive that holds frames, in order.
  var pieces: [URL] {
    folder.chains().flatMap { chain in folder.pieces(chain).map { URL(fileURLWithPath: folder.path(chain, $0.text)) } }
  }

  func baseFile(_ chain: Int, _ base: Int = 1) -> URL { URL(fileURLWithPath: folder.path(chain, ArchiveFolder.baseName(base))) }

  /// The notes of the database as it was.
  func notes(at time: Int64?) async throws -> [String] {
    _ = try await Database.restore(fromArchive: archivePath, at: time, to: restoredPath, replacing: true)
    let restored = try Database.open(DatabaseConfiguration(path: restoredPath), migrations: [Counters.migration])
    let notes = try await restored.notes()
    await restored.close()
    return notes
  }
}
