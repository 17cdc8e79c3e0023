import Foundation

/// What one order has set aside here. It is under the order's clock: it never lapses by itself.
struct Hold: Sendable, Hashable {
  let orderID: String
  var state: HoldState
  let terms: HoldTerms
  /// When it was asked for, by the client's clock. Data: nothing is decided by it.
  let occurredInstant: Date?
  let createInstant: Date
}

/// What was asked for; a second Hold under the same order must ask for the same.
struct HoldTerms: Sendable, Hashable {
  /// Nil for a customer who is no member.
  let memberID: String?
  let storeID: String
  let clientID: String
  let staffID: String
  let currencyCode: String
  let uses: [HeldUse]
}

/// One use of a promotion or coupon, at the version that was quoted.
struct HeldUse: Sendable, Hashable {
  let source: UseSource
  let version: Int64
  /// What it takes off the order.
  let minorUnits: Int64
}

enum HoldState: Int64, Sendable, Hashable, CaseIterable {
  /// → committed, cancelled.
  case held = 1
  /// Final. A return gives the uses back and leaves this as it is: the order did complete.
  case committed = 2
  /// Final.
  case cancelled = 3
  /// Final: cancelled before it was placed. A Hold that arrives late is refused.
  case tombstone = 4
}
