internal import Foundation

/// What loyalty set aside, and promised to post, for one order.
struct OrderHold: Equatable, Sendable {
  enum State: String, Sendable, CaseIterable {
    /// Leaves to `committed` or `cancelled`, once.
    case held
    /// Final. Its returns are recorded beside it.
    case committed
    /// Final. A later Hold or Commit is refused.
    case cancelled
    /// Final, as `cancelled`, for an order whose Cancel came before any Hold.
    case tombstone
  }

  /// What the order asked for. A second Hold under the same order must ask for the same.
  struct Terms: Equatable, Sendable {
    var memberID: String
    var storeID: String
    var clientID: String
    var staffID: String
    var currencyCode: String
    var spendPoints: Int64
    var spendMinorUnits: Int64
    var ruleVersion: Int64
    var earnPoints: Int64
    var growthValue: Int64
    var occurredAt: Date?

    /// Whether the order earns, or spends points: one of a customer who is no member, or in a currency that is not the programme's, is held
    /// for its stored value alone.
    var concernsPoints: Bool { ruleVersion > 0 }
  }

  var orderID: String
  var state: State
  var terms: Terms
  var createdAt: Date
  /// When it was committed or cancelled.
  var resolvedAt: Date?
  /// The tier before, where the commit raised it.
  var previousTierCode: String
  /// The day number on which the member's caps counted what it earns; nil where its rule version has none.
  var capDay: Int64?
  /// What returns have taken back and given back so far.
  var pointsTakenBack: Int64
  var pointsGivenBack: Int64
  var growthTakenBack: Int64
}
