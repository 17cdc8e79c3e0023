/// When, where, how often and for whom a rule holds.
struct Conditions: Sendable, Hashable {
  /// Empty means every store.
  var storeIDs: Set<String> = []
  var period: ValidityPeriod = .unbounded
  var membersOnly = false
  /// What the matching lines must still amount to when the rule's turn comes; nil means any amount.
  var minimumAmount: Amount?
  /// How often it may be used, by everybody and by each member; nil means without limit. What is held counts as used.
  var totalLimit: Int64?
  var memberLimit: Int64?

  /// A limit per member can only be kept where the member is known.
  var needsMember: Bool { membersOnly || memberLimit != nil }
}
