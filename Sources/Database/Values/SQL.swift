/// One statement of the portable SQL, with the name under which errors, metrics and the statement cache know it.
///
/// Keep each as a `static let` beside the code that runs it: the text is then built once, and every connection prepares it once.
/// Parameters are `?1`, `?2`, …; values never become part of the text. Only statements that read or change rows are allowed
/// (`SELECT`, `INSERT`, `UPDATE`, `DELETE`, `REPLACE`, `WITH`, `VALUES`, and `EXPLAIN` of one): a transaction's borders belong to
/// `Database`, and the schema to migrations.
public struct SQL: Sendable {
  /// Such as `loyalty.insert-entry`. Errors carry it; they never carry the text or a value.
  public let name: String
  public let text: String
  /// A read that takes the row it finds: until the write ends nobody else changes it. On SQLite every write has that for nothing.
  public let locksRow: Bool

  /// Where the name's characters stand. Two statements may share it (a linker merges equal literals), so the cache compares texts
  /// as well; as a key it avoids hashing the text on every call.
  let cacheKey: UInt

  /// - Parameter locksRow: For a SELECT of one row by its key, in a write with a `LockOrder`.
  public init(_ name: StaticString, _ text: String, locksRow: Bool = false) {
    precondition(name.hasPointerRepresentation, "a statement's name is a word, not a single scalar")
    self.name = name.description
    self.text = text
    self.locksRow = locksRow
    self.cacheKey = UInt(bitPattern: name.utf8Start)
  }
}
