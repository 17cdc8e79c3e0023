/// How often something is being used and was used.
struct UseCount: Sendable, Hashable {
  var held: Int64 = 0
  var used: Int64 = 0

  static let none = UseCount()

  /// Whether one more fits, with `planned` uses that the basket at hand already makes of it.
  func admitsOneMore(limit: Int64?, planned: Int64 = 0) -> Bool {
    guard let limit else { return true }
    return held + used + planned < limit
  }
}
