internal import Database

/// What stores call their commands: the business key beside the request id.
enum ValueReferenceStore {
  struct Key: Equatable, Sendable {
    /// Of the command, such as "top-up".
    var kind: String
    var storeID: String
    var reference: String
  }

  /// What the command of this name made, if there was one; REFERENCE_DIFFERS when it had other terms.
  static func result(of key: Key, terms: String, _ transaction: Transaction) throws -> String? {
    let found = try transaction.first(find, [.text(key.kind), .text(key.storeID), .text(key.reference)]) {
      (terms: $0.text(0), result: $0.text(1))
    }
    guard let found else { return nil }
    guard found.terms == terms else { throw StoredValueRefusal.referenceDiffers }
    return found.result
  }

  /// Written with the effect; two at once meet in the primary key, and one of them runs again.
  static func record(_ key: Key, terms: String, result: String, _ transaction: Transaction) throws {
    try transaction.run(insert, [.text(key.kind), .text(key.storeID), .text(key.reference), .text(terms), .text(result)])
  }

  private static let find = SQL(
    "loyalty.find-value-reference",
    "SELECT terms, result FROM value_reference WHERE kind = ?1 AND store_id = ?2 AND reference = ?3")
  private static let insert = SQL(
    "loyalty.insert-value-reference",
    "INSERT INTO value_reference (kind, store_id, reference, terms, result) VALUES (?1, ?2, ?3, ?4, ?5)")
}
