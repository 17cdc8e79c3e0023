/// An amount of stored value in minor units. Principal is what a customer paid, bonus what the retailer added; they never mix.
struct ValueParts: Equatable, Sendable {
  var principal: Int64 = 0
  var bonus: Int64 = 0

  static let nothing = ValueParts()

  var total: Int64 { principal + bonus }
  var isNothing: Bool { principal == 0 && bonus == 0 }

  /// Of each part no more than `other` has.
  func limited(to other: ValueParts) -> ValueParts {
    ValueParts(principal: min(principal, other.principal), bonus: min(bonus, other.bonus))
  }

  static func + (left: ValueParts, right: ValueParts) -> ValueParts {
    ValueParts(principal: left.principal + right.principal, bonus: left.bonus + right.bonus)
  }

  static func - (left: ValueParts, right: ValueParts) -> ValueParts {
    ValueParts(principal: left.principal - right.principal, bonus: left.bonus - right.bonus)
  }

  static prefix func - (parts: ValueParts) -> ValueParts { .nothing - parts }
  static func += (left: inout ValueParts, right: ValueParts) { left = left + right }
  static func -= (left: inout ValueParts, right: ValueParts) { left = left - right }
}
