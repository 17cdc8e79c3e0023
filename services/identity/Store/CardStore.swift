import Database
import Foundation

/// The SQL of cards.
enum CardStore {
  /// Gives a member the first of `candidates` that nobody ever had, and says which. The candidates were drawn before the
  /// transaction; that all of them are taken does not happen by chance.
  static func give(_ candidates: [CardCode], to memberID: String, at time: Date, in transaction: Transaction) throws -> CardCode {
    for code in candidates where try transaction.run(insertCard, [.text(code.digits), .text(memberID), .time(time)]) == 1 {
      return code
    }
    throw NoFreeCode()
  }

  /// Ends the card in use. Its code is never given again.
  static func endCurrent(of memberID: String, at time: Date, in transaction: Transaction) throws {
    try transaction.run(endCard, [.text(memberID), .time(time)])
  }

  /// Every candidate was taken: the random source is broken.
  struct NoFreeCode: Error {}

  private static let insertCard = SQL(
    "identity.insert-card",
    "INSERT INTO card (card_code, member_id, create_time) VALUES (?1, ?2, ?3) ON CONFLICT (card_code) DO NOTHING")
  private static let endCard = SQL(
    "identity.end-card", "UPDATE card SET replace_time = ?2 WHERE member_id = ?1 AND replace_time IS NULL")
}
