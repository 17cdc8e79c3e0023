/// What one client may do, and for which stores: the scopes and stores of whoever creates a client bound those of the client.
struct Grant: Equatable, Sendable {
  /// `everyScope` holds every other.
  var scopes: Set<String>
  /// Empty means any store.
  var storeIDs: Set<String>

  static let everyScope = "*"

  /// What makes a grant larger than its giver's own.
  enum Excess: Equatable, Sendable {
    case scope(String)
    case store
  }

  /// Why the holder of this grant may not give `other`; nil when it may. Nobody gives what they do not have: otherwise the
  /// right to create clients would be the right to do everything.
  func excess(of other: Grant) -> Excess? {
    if !scopes.contains(Self.everyScope), let missing = other.scopes.subtracting(scopes).min() { return .scope(missing) }
    if !storeIDs.isEmpty, other.storeIDs.isEmpty || !other.storeIDs.isSubset(of: storeIDs) { return .store }
    return nil
  }
}
