/// What a caller must be allowed to do. The README's table says which method asks for which.
enum IdentityScope {
  static let readMembers = "members.read"
  static let writeMembers = "members.write"
  static let readClients = "clients.read"
  static let writeClients = "clients.write"
  /// For the gateway, which asks in its own name.
  static let authenticateClients = "clients.authenticate"
  /// A till may look at the one member who stands before it.
  static let identifyAtTill = "pos.identify"
  static let checkout = "pos.checkout"
}
