internal import Foundation

/// A visit.
struct EntitlementUse: Equatable, Sendable {
  /// held → used → reversed; held → cancelled or lapsed.
  enum State: String, Sendable { case held, used, cancelled, lapsed, reversed }

  var useID: String
  var entitlementID: String
  var state: State
  var uses: Int64
  var service: String
  var storeID: String
  var reference: String
  /// In the plan's zone.
  var day: Int64
  var heldUntil: Date

  /// A hold that has run out is none, written down or not.
  func state(at instant: Date) -> State { state == .held && heldUntil <= instant ? .lapsed : state }
}
