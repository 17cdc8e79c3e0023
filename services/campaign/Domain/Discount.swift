/// One promotion or coupon applied to one basket. Its parts sum to `minorUnits`.
struct Discount: Sendable, Hashable {
  let source: UseSource
  let version: Int64
  let name: String
  let minorUnits: Int64
  let parts: [LinePart]
}

/// What a discount takes off one line.
struct LinePart: Sendable, Hashable {
  let lineNumber: Int32
  let minorUnits: Int64
}

/// What a use is a use of.
enum UseSource: Sendable, Hashable {
  case promotion(id: String)
  case coupon(id: String, templateID: String)

  /// The promotion, or the coupon's template: what carries the limits and the versions.
  var ruleID: String {
    switch self {
    case .promotion(let id): id
    case .coupon(_, let templateID): templateID
    }
  }

  var couponID: String? {
    switch self {
    case .promotion: nil
    case .coupon(let id, _): id
    }
  }
}
