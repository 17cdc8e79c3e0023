import CSQLite

/// The floor: the same SQL in a plain loop over the C API, a savepoint for each operation and a COMMIT for each batch.
enum BareLoop {
  static func run(path: String, operations: Int, batch: Int) async throws -> Measurement {
    let loop = Loop(path)
    defer { loop.close() }
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

  private struct Loop {
    private let connection: OpaquePointer
    private let begin, savepoint, release, commit, find, upsert, insertEntry, insertResponse: OpaquePointer

    init(_ path: String) {
      var opened: OpaquePointer?
      precondition(sqlite3_open(path, &opened) == SQLITE_OK)
      let connection = opened!
      let settings = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8192;"
      precondition(sqlite3_exec(connection, settings + Workload.schema, nil, nil, nil) == SQLITE_OK)
      func prepare(_ text: String) -> OpaquePointer {
        var statement: OpaquePointer?
        precondition(sqlite3_prepare_v3(connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK)
        return statement!
      }
      begin = prepare("BEGIN IMMEDIATE")
      savepoint = prepare("SAVEPOINT request")
      release = prepare("RELEASE request")
      commit = prepare("COMMIT")
      find = prepare(Workload.find)
      upsert = prepare(Workload.upsert)
      insertEntry = prepare(Workload.insertEntry)
      insertResponse = prepare(Workload.insertResponse)
      self.connection = connection
    }

    func close() {
      for statement in [begin, savepoint, release, commit, find, upsert, insertEntry, insertResponse] { sqlite3_finalize(statement) }
      sqlite3_close(connection)
    }

    func commit(_ numbers: Range<Int>) {
      step(begin, SQLITE_DONE)
      for number in numbers {
        step(savepoint, SQLITE_DONE)
        earn(number)
        step(release, SQLITE_DONE)
      }
      step(commit, SQLITE_DONE)
    }

    private func earn(_ number: Int) {
      let (member, key) = (Workload.member(number), Workload.key(number))
      bind(find, 1, key)
      step(find, SQLITE_DONE)
      bind(upsert, 1, member)
      sqlite3_bind_int64(upsert, 2, 10)
      precondition(sqlite3_step(upsert) == SQLITE_ROW)
      let balance = sqlite3_column_int64(upsert, 0)
      step(upsert, SQLITE_DONE)
      bind(insertEntry, 1, member)
      sqlite3_bind_int64(insertEntry, 2, 10)
      sqlite3_bind_int64(insertEntry, 3, balance)
      bind(insertEntry, 4, "earn")
      sqlite3_bind_int64(insertEntry, 5, Int64(number))
      step(insertEntry, SQLITE_DONE)
      bind(insertResponse, 1, key)
      sqlite3_bind_blob(insertResponse, 2, Workload.response, Int32(Workload.response.count), copied)
      step(insertResponse, SQLITE_DONE)
    }

    private func bind(_ statement: OpaquePointer, _ position: Int32, _ text: String) {
      sqlite3_bind_text(statement, position, text, -1, copied)
    }

    private func step(_ statement: OpaquePointer, _ expected: Int32) {
      precondition(sqlite3_step(statement) == expected)
      sqlite3_reset(statement)
    }
  }
}

/// SQLITE_TRANSIENT.
nonisolated(unsafe) private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
