internal import Database

/// What stores call their commands: the business key beside the request id.
enum ValueReferenceStore {
  struct Key: Equatable, Sendable {
    /// Of the command, such as "top-up".
    var kind: String
    var storeID: String
    var reference: String
  }

  /// What the command of this name made, which `make` does when it is new; REFERENCE_DIFFERS when it had other terms. Two at once meet in the
  /// primary key, and one of them runs again.
  static func once(_ key: Key, terms: String, _ transaction: Transaction, _ make: () throws -> String) throws -> String {
    let found = try transaction.first(find, [.text(key.kind), .text(key.storeID), .text(key.reference)]) {
      (terms: $0.text(0), result: $0.text(1))
    }
    if let found {
      guard found.terms == terms else { throw StoredValueRefusal.referenceDiffers }
      return found.result
    }
    let result = try make()
    try transaction.run(insert, [.text(key.kind), .text(key.storeID), .text(key.reference), .text(terms), .text(result)])
    return result
  }

  private static let find = SQL(
    "loyalty.find-value-reference",
    "SELECT terms, result FROM value_reference WHERE kind = ?1 AND store_id = ?2 AND reference = ?3")
  private static let insert = SQL(
    "loyalty.insert-value-reference",
    "INSERT INTO value_reference (kind, store_id, reference, terms, result) VALUES (?1, ?2, ?3, ?4, ?5)")
}
