import CSQLite

/// The floor: the same SQL in a plain loop over the C API, a savepoint for each operation and a COMMIT for each batch.
enum BareLoop {
  static let batch = 64

  static func write(path: String, operations: Int, to schema: Schema = .services) async -> Measurement {
    let loop = WriteLoop(BareConnection(path), schema)
    return await Measurement.of(operations: operations) {
      var number = 0
      while number < operations {
        let end = min(number + batch, operations)
        loop.commit(number..<end)
        number = end
      }
      return (operations + batch - 1) / batch
    }
  }

  /// Point reads of balances that `write` has made.
  static func read(path: String, operations: Int) async -> Measurement {
    let connection = BareConnection(path)
    let statement = connection.prepare(Workload.balance)
    return await Measurement.of(operations: operations) {
      for number in 0..<operations {
        connection.bind(statement, 1, Workload.member(number))
        precondition(sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int64(statement, 0) > 0)
        sqlite3_reset(statement)
      }
      return 0
    }
  }
}

/// How the ledger may lie in tables: what an operation costs is what its b-trees cost.
enum Schema: String, CaseIterable, Codable {
  /// As the services have it: ids are text everywhere.
  case services
  /// The member's id stands once, in the balance's row; entries refer to it by number.
  case numberedMembers
  /// Entries can be listed by member only by looking at all.
  case withoutMemberIndex
  /// Entries lie in the order of their members.
  case clusteredByMember

  var what: String {
    switch self {
    case .services: "text ids, an index of entries by member"
    case .numberedMembers: "members numbered, text id once"
    case .withoutMemberIndex: "text ids, no index"
    case .clusteredByMember: "text ids, entries clustered by member"
    }
  }

  fileprivate var text: String {
    let idempotence = "CREATE TABLE idempotence(key TEXT PRIMARY KEY, response BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    switch self {
    case .services: return Workload.schema
    case .withoutMemberIndex: return Workload.schema.replacing("CREATE INDEX entry_member ON entry(member_id, id);", with: "")
    case .numberedMembers:
      return """
        CREATE TABLE balance(number INTEGER PRIMARY KEY, member_id TEXT NOT NULL UNIQUE, points INTEGER NOT NULL) STRICT;
        CREATE TABLE entry(
          id INTEGER PRIMARY KEY, member INTEGER NOT NULL, delta INTEGER NOT NULL, balance_after INTEGER NOT NULL, kind TEXT NOT NULL,
          at INTEGER NOT NULL) STRICT;
        CREATE INDEX entry_member ON entry(member, id);
        """ + idempotence
    case .clusteredByMember:
      return """
        CREATE TABLE balance(member_id TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE entry(
          member_id TEXT NOT NULL, id INTEGER NOT NULL, delta INTEGER NOT NULL, balance_after INTEGER NOT NULL, kind TEXT NOT NULL,
          at INTEGER NOT NULL, PRIMARY KEY(member_id, id)) STRICT, WITHOUT ROWID;
        """ + idempotence
    }
  }

  fileprivate var upsert: String {
    self == .numberedMembers ? Workload.upsert + ", number" : Workload.upsert
  }

  fileprivate var insertEntry: String {
    switch self {
    case .services, .withoutMemberIndex: Workload.insertEntry
    case .numberedMembers: Workload.insertEntry.replacing("member_id", with: "member")
    case .clusteredByMember: Workload.insertEntry.replacing("at)", with: "at, id)").replacing("?5)", with: "?5, ?5)")
    }
  }
}

/// A connection set up as Database sets its own up.
final class BareConnection {
  private let handle: OpaquePointer
  private var statements: [OpaquePointer] = []

  init(_ path: String) {
    var opened: OpaquePointer?
    precondition(sqlite3_open(path, &opened) == SQLITE_OK)
    handle = opened!
    execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8192;")
  }

  deinit {
    for statement in statements { sqlite3_finalize(statement) }
    sqlite3_close(handle)
  }

  func execute(_ text: String) { precondition(sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK) }

  func prepare(_ text: String) -> OpaquePointer {
    var statement: OpaquePointer?
    precondition(sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK)
    statements.append(statement!)
    return statement!
  }

  func bind(_ statement: OpaquePointer, _ position: Int32, _ text: String) {
    sqlite3_bind_text(statement, position, text, -1, copied)
  }

  func step(_ statement: OpaquePointer, _ expected: Int32 = SQLITE_DONE) {
    precondition(sqlite3_step(statement) == expected)
    sqlite3_reset(statement)
  }
}

private struct WriteLoop {
  private let connection: BareConnection
  private let schema: Schema
  private let begin, savepoint, release, commit, find, upsert, insertEntry, insertResponse: OpaquePointer

  init(_ connection: BareConnection, _ schema: Schema) {
    self.connection = connection
    self.schema = schema
    connection.execute(schema.text)
    begin = connection.prepare("BEGIN IMMEDIATE")
    savepoint = connection.prepare("SAVEPOINT request")
    release = connection.prepare("RELEASE request")
    commit = connection.prepare("COMMIT")
    find = connection.prepare(Workload.find)
    upsert = connection.prepare(schema.upsert)
    insertEntry = connection.prepare(schema.insertEntry)
    insertResponse = connection.prepare(Workload.insertResponse)
  }

  func commit(_ numbers: Range<Int>) {
    connection.step(begin)
    for number in numbers {
      connection.step(savepoint)
      earn(number)
      connection.step(release)
    }
    connection.step(commit)
  }

  private func earn(_ number: Int) {
    let (member, key) = (Workload.member(number), Workload.key(number))
    connection.bind(find, 1, key)
    connection.step(find)
    connection.bind(upsert, 1, member)
    sqlite3_bind_int64(upsert, 2, 10)
    precondition(sqlite3_step(upsert) == SQLITE_ROW)
    let balance = sqlite3_column_int64(upsert, 0)
    if schema == .numberedMembers {
      sqlite3_bind_int64(insertEntry, 1, sqlite3_column_int64(upsert, 1))
    } else {
      connection.bind(insertEntry, 1, member)
    }
    connection.step(upsert)
    sqlite3_bind_int64(insertEntry, 2, 10)
    sqlite3_bind_int64(insertEntry, 3, balance)
    connection.bind(insertEntry, 4, "earn")
    sqlite3_bind_int64(insertEntry, 5, Int64(number))
    connection.step(insertEntry)
    connection.bind(insertResponse, 1, key)
    sqlite3_bind_blob(insertResponse, 2, Workload.response, Int32(Workload.response.count), copied)
    connection.step(insertResponse)
  }
}

/// SQLITE_TRANSIENT.
nonisolated(unsafe) private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
