import Database

/// The erasure log as a table of the key database, which several replicas share.
struct ErasureTable: Sendable {
  private static let pageSize = 1_000

  let keys: Database

  func entries() async throws -> [ErasureLog.Entry] {
    var entries: [ErasureLog.Entry] = []
    while true {
      let from = entries.last
      let page = try await keys.read { snapshot in
        try snapshot.all(
          Self.select, [.integer(from?.time ?? .min), .text(from?.ownerID ?? ""), .integer(Self.pageSize)]
        ) { ErasureLog.Entry(ownerID: $0.text(0), time: $0.int64(1)) }
      }
      entries += page
      if page.count < Self.pageSize { return entries }
    }
  }

  /// Who stands there stays as they are.
  func add(_ entries: [ErasureLog.Entry], for request: RequestKey?) async throws {
    let request = request.map { Array("\($0.client)\n\($0.requestID)".utf8) }
    try await keys.write { transaction in
      for entry in entries {
        let added = try transaction.run(Self.insert, [.text(entry.ownerID), .integer(entry.time), .optional(request)]) == 1
        guard !added, let request else { continue }
        let owner = try transaction.first(Self.selectOwner, [.blob(request)]) { $0.text(0) }
        if let owner, owner != entry.ownerID { throw RequestIDReused() }
      }
    }
  }

  private static let select = SQL(
    "vault.select-erasures",
    """
    SELECT owner_id, erase_time FROM vault_erasure WHERE (erase_time, owner_id) > (?1, ?2) ORDER BY erase_time, owner_id LIMIT ?3
    """)
  private static let insert = SQL(
    "vault.insert-erasure", "INSERT INTO vault_erasure (owner_id, erase_time, request) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
  private static let selectOwner = SQL("vault.select-erasure-of-request", "SELECT owner_id FROM vault_erasure WHERE request = ?1")
}
