/// Why a rule takes nothing off a basket.
enum Ineligibility: Sendable, Hashable {
  case notYetInForce(from: CalendarDate?)
  case noLongerInForce(since: CalendarDate?)
  case otherStore
  case memberRequired
  case otherCurrency(String)
  case limitReached(perMember: Bool)
  /// No line that it is for has anything left.
  case noMatchingLine
  case belowMinimum(required: Amount, found: Int64)
  /// Less than the smallest unit would come off.
  case noEffect
}
