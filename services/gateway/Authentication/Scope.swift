/// What an API client may be allowed to do. README.md shows which method asks for which.
enum Scope {
  static let checkout = "pos.checkout"
  static let identify = "pos.identify"
  static let returns = "pos.return"
  static let read = "pos.read"
  static let membersRead = "members.read"
  static let membersWrite = "members.write"
  static let catalogueWrite = "catalogue.write"
  static let loyaltyWrite = "loyalty.write"
  static let campaignWrite = "campaign.write"
  static let clientsWrite = "clients.write"
  static let operations = "operations"

  /// The words of the services behind for what a scope of the gateway allows. A till's scope is about its work; a service's is
  /// about the service. The gateway lets no method through but by its own table, so an implied word opens nothing more.
  private static let implied: [String: [String]] = [
    checkout: ["inventory.read"],
    read: ["inventory.read", "campaign.read", "loyalty.read"],
    membersRead: ["loyalty.read", "campaign.read"],
    catalogueWrite: ["inventory.write"],
    loyaltyWrite: ["loyalty.adjust", "loyalty.publish"],
    clientsWrite: ["clients.read"],
    operations: ["saga", "loyalty.verify"],
  ]

  /// `scopes` and what they imply: what the gateway vouches for upstream.
  static func expanded(_ scopes: Set<String>) -> Set<String> {
    scopes.reduce(into: scopes) { $0.formUnion(implied[$1] ?? []) }
  }
}
