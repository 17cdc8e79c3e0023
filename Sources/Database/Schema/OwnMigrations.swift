extension Migration {
  /// Database's own tables. As for a service's, a released step is never edited.
  static let own = [
    Migration(
      number: 1, name: "database-tables",
      sql: """
        -- What the file itself must know: its feed epoch, and the key of body hashes.
        CREATE TABLE database_meta(
          key TEXT PRIMARY KEY,
          value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- One row for each request that took effect, with the bytes of its reply.
        CREATE TABLE database_request(
          client TEXT NOT NULL,
          method TEXT NOT NULL,
          request_id TEXT NOT NULL,
          body_hash BLOB NOT NULL,
          reply BLOB NOT NULL,
          time INTEGER NOT NULL,
          PRIMARY KEY(client, method, request_id)
        ) STRICT, WITHOUT ROWID;

        -- Facts in the order of their commits. AUTOINCREMENT: a position is never given twice, even after the last row was removed.
        CREATE TABLE database_outbox(
          position INTEGER PRIMARY KEY AUTOINCREMENT,
          event_id TEXT NOT NULL UNIQUE,
          type TEXT NOT NULL,
          aggregate_type TEXT NOT NULL,
          aggregate_id TEXT NOT NULL,
          time INTEGER NOT NULL,
          payload BLOB NOT NULL
        ) STRICT;
        """)
  ]
}
