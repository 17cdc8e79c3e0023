internal import Foundation

/// Points that went from one member to another.
struct PointTransfer: Equatable, Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case transfer
    case gift
  }

  struct Reversal: Equatable, Sendable {
    var at: Date
    var reason: String
    var origin: LedgerOrigin
  }

  /// "ptr_…".
  var transferID: String
  var reference: String
  var fromMemberID: String
  var toMemberID: String
  var kind: Kind
  var points: Int64
  var fee: Int64 = 0
  var messageKey: String
  var origin: LedgerOrigin
  var policyVersion: Int64 = 0
  /// Of the sender's line.
  var number: Int64 = 0
  var createdAt: Date
  var reversedPoints: Int64 = 0
  /// By returns of the orders that had earned the points.
  var takenBackPoints: Int64 = 0
  var reversal: Reversal?

  /// What a repeat under the same reference must ask for again.
  var terms: String { [fromMemberID, toMemberID, String(points), kind.rawValue, messageKey].joined(separator: "|") }
}
