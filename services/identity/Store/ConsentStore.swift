import Database
import Foundation

/// The SQL of consents: entries are only added, and the latest of a purpose and channel counts.
enum ConsentStore {
  /// Who wrote a consent down, and when.
  struct Witness: Sendable {
    var clientID: String
    var staffID: String
    var time: Date
  }

  /// A consent that counts, and whose it is.
  struct CurrentRow: Sendable {
    var memberID: String
    var consent: GivenConsent
    var time: Date
  }

  /// Adds one entry for each consent. `entryIDs` were taken before the transaction, one for each.
  static func add(
    _ consents: [GivenConsent], entryIDs: [String], of memberID: String, by witness: Witness, in transaction: Transaction
  ) throws {
    for (consent, entryID) in zip(consents, entryIDs) {
      try transaction.run(
        insertEntry,
        [
          .text(entryID), .text(memberID), .integer(consent.purpose.rawValue), .integer(consent.channel.rawValue),
          .bool(consent.granted), .text(consent.textVersion), .text(witness.clientID), .text(witness.staffID), .time(witness.time),
        ])
    }
  }

  /// What counts for the members from `first` to `last` by id, in the order of id, purpose and channel.
  static func current(from first: String, to last: String, in snapshot: some Queryable) throws -> [CurrentRow] {
    try snapshot.all(selectCurrent, [.text(first), .text(last)]) { row in
      CurrentRow(
        memberID: row.text(0),
        consent: GivenConsent(
          // The columns' CHECKs allow no other values.
          purpose: ConsentRules.Purpose(rawValue: row.int(1)) ?? .terms, channel: ConsentRules.Channel(rawValue: row.int(2)) ?? .none,
          granted: row.bool(3), textVersion: row.text(4)),
        time: row.time(5))
    }
  }

  private static let insertEntry = SQL(
    "identity.insert-consent-entry",
    """
    INSERT INTO consent_entry (consent_entry_id, member_id, purpose, channel, sequence, granted, text_version, client_id, staff_id,
      entry_time)
    SELECT ?1, ?2, ?3, ?4, COALESCE(MAX(sequence), 0) + 1, ?5, ?6, ?7, ?8, ?9
    FROM consent_entry WHERE member_id = ?2 AND purpose = ?3 AND channel = ?4
    """)
  private static let selectCurrent = SQL(
    "identity.select-current-consents",
    """
    SELECT entry.member_id, entry.purpose, entry.channel, entry.granted, entry.text_version, entry.entry_time
    FROM consent_entry AS entry
    WHERE entry.member_id BETWEEN ?1 AND ?2
      AND NOT EXISTS (
        SELECT 1 FROM consent_entry AS later
        WHERE later.member_id = entry.member_id AND later.purpose = entry.purpose AND later.channel = entry.channel
          AND later.sequence > entry.sequence)
    ORDER BY entry.member_id, entry.purpose, entry.channel
    """)
}
