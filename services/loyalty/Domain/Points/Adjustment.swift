internal import Foundation

/// What a person does to a member's points by hand.
enum Adjustment: Equatable, Sendable {
  /// Above 0 gives, below takes. Once under the reference, where there is one.
  case adjust(points: Int64, reference: String)
  /// One lot, or all that would end sooner.
  case extend(lotID: String?, end: Date)
  /// A part of what expired of a lot, or all of it.
  case reinstate(lotID: String, points: Int64?, end: Date)
}

/// Somebody asks for an adjustment that a second person must approve.
struct AdjustmentRequest: Equatable, Sendable {
  enum State: Equatable, Sendable {
    /// → approved, rejected or, at its instant, lapsed.
    case pending
    case approved
    case rejected
    case lapsed
  }

  struct Decision: Equatable, Sendable {
    var isApproval: Bool
    var at: Date
    var reason: String
    var origin: LedgerOrigin
  }

  /// "adj_…".
  var adjustmentID: String
  var memberID: String
  var adjustment: Adjustment
  var reason: String
  var origin: LedgerOrigin
  var createdAt: Date
  var lapsesAt: Date
  var decision: Decision?
  /// The first line that the approval wrote.
  var entryID = ""

  /// Decided by no job: what nobody approved in time has lapsed.
  func state(at instant: Date) -> State {
    if let decision { return decision.isApproval ? .approved : .rejected }
    return lapsesAt <= instant ? .lapsed : .pending
  }
}

/// Who acts, as limits and approvals count people: a member of staff is the same person at every till.
struct AdjustmentActor: Equatable, Sendable {
  var clientID: String
  var staffID: String

  init(_ origin: LedgerOrigin) {
    (clientID, staffID) = (origin.clientID, origin.staffID)
  }

  /// Whether these are two persons for certain: two names, or, where one of them says none, two clients.
  func differs(from other: AdjustmentActor) -> Bool {
    staffID.isEmpty || other.staffID.isEmpty ? clientID != other.clientID : staffID != other.staffID
  }

  var key: String { staffID.isEmpty ? "client:\(clientID)" : "staff:\(staffID)" }
}
