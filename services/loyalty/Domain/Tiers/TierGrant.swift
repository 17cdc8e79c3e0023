internal import Foundation

/// A tier that somebody gave to a member by hand: an invitation, a tier that was paid for, goodwill. It holds beside what the member earns,
/// and the higher of the two counts.
struct TierGrant: Equatable, Sendable {
  /// "tgr_…".
  var grantID: String
  var memberID: String
  var tierCode: String
  var reason: String
  /// Who gave it.
  var origin: LedgerOrigin
  var grantedAt: Date
  /// The first instant after it; nil where it lasts until it is revoked.
  var endsAt: Date?
  var revocation: Revocation?

  struct Revocation: Equatable, Sendable {
    var at: Date
    var reason: String
    var origin: LedgerOrigin
  }

  func isInForce(at instant: Date) -> Bool {
    grantedAt <= instant && instant < (endsAt ?? .distantFuture) && instant < (revocation?.at ?? .distantFuture)
  }
}
