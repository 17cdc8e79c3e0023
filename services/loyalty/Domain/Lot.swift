internal import Foundation

/// Points of one origin that activate and expire together.
///
/// Of the `points` that came in, some remain, some are held by open orders, some have expired; the rest was spent, taken back or
/// used to repay a debt, which the ledger's entries of the lot tell apart.
struct Lot: Equatable, Sendable {
  enum Source: String, Sendable, CaseIterable {
    case order
    case adjustment
    /// The grace lot of a return: spent points given back after their own lot had expired.
    case `return`
  }

  /// Where the points stand at an instant. A lot may be partly held, spent or taken back in each of them.
  enum State: Equatable, Sendable {
    /// Earned, visible, not spendable; becomes active at `activatesAt`.
    case pending
    /// Spendable; ends at `expiresAt`.
    case active
    /// What remained is gone.
    case expired
  }

  var lotID: String
  var source: Source
  /// Which action earned the points; nil for all other lots. Their `source` is `adjustment`.
  var action: EarnAction?
  /// The draw that the points were won in; empty for all other lots. Their `source` is `adjustment`.
  var drawCode = ""
  var orderID: String
  var ruleVersion: Int64
  var earnedAt: Date
  var activatesAt: Date
  /// The first instant after the lot's life; `ProgramCalendar.never` if it has no end.
  var expiresAt: Date
  /// What came in, more than 0.
  var points: Int64
  /// Neither held nor spent nor expired nor taken back. Counted until the expiry is posted, so a reader subtracts lots past it.
  var remaining: Int64
  var held: Int64
  var expired: Int64
  /// The lot that these points came out of: the sender's, or the expired one that they were reinstated from. Empty for all other lots. The
  /// `source` of both is `adjustment`.
  var sourceLotID = ""
  /// The transfer that brought them.
  var transferID = ""

  /// As it is once holds that have run out have given it back what they drew.
  func freed(by draws: [LotDraw]) -> Lot {
    let points = draws.reduce(0) { $1.lotID == lotID ? $0 + $1.points : $0 }
    var lot = self
    lot.remaining += points
    lot.held -= points
    return lot
  }

  func state(at instant: Date) -> State {
    if expiresAt <= instant { return .expired }
    return activatesAt <= instant ? .active : .pending
  }
}
