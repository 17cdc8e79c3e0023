package import Database
import Foundation

/// Who was erased: the memory that no restore can take back. A line stands in it before anything is erased, and it is what decides: a crash
/// after it, or a backup from before it, is made good at the next start or by `restore`, which erase whoever stands in it. It is only added to,
/// and holds ids and times.
///
/// Where the databases are files it is a file outside them and their backups (`ErasureFile`). Where they are on a server, and several replicas
/// erase, it is a table beside the keys (`ErasureTable`): the database of the keys is never put back to an earlier state, only the data are.
package struct ErasureLog: Sendable {
  package struct Entry: Sendable, Equatable, Codable {
    package var ownerID: String
    /// Microseconds since 1970 UTC.
    package var time: Int64

    private enum CodingKeys: String, CodingKey {
      case ownerID = "owner_id"
      case time
    }

    package init(ownerID: String, time: Int64) {
      self.ownerID = ownerID
      self.time = time
    }
  }

  private enum Place {
    case file(ErasureFile)
    case table(ErasureTable)
  }

  private let place: Place

  /// A file; `key` is the key of the configuration that names it.
  package init(path: String, key: String) { place = .file(ErasureFile(path: path, key: key)) }

  /// A table of the key database.
  package init(in keys: Database) { place = .table(ErasureTable(keys: keys)) }

  /// Every entry, the oldest first.
  package func entries() async throws -> [Entry] {
    switch place {
    case .file(let file): try await file.entries()
    case .table(let table): try await table.entries()
    }
  }

  /// Adds the entries; they are on disk when this returns.
  ///
  /// - Parameter request: Who asks for the one erasure, where a request does. Of two requests under one id with other owners the second is
  ///   refused with `RequestIDReused`, before its owner stands in the log; a file needs no telling, since one process alone writes it.
  package func add(_ entries: [Entry], for request: RequestKey? = nil) async throws {
    switch place {
    case .file(let file): try await file.add(entries)
    case .table(let table): try await table.add(entries, for: request)
    }
  }
}
