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

  /// Where the name's characters stand. Two statements may share it (a linker merges equal literals), so the cache compares texts
  /// as well; as a key it avoids hashing the text on every call.
  let cacheKey: UInt

  public init(_ name: StaticString, _ text: String) {
    precondition(name.hasPointerRepresentation, "a statement's name is a word, not a single scalar")
    self.name = name.description
    self.text = text
    self.cacheKey = UInt(bitPattern: name.utf8Start)
  }
}
