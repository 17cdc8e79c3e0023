/// What a caller must be allowed to do. The README's table says which method asks for which.
enum LoyaltyScope {
  static let read = "loyalty.read"
  static let adjust = "loyalty.adjust"
  static let publish = "loyalty.publish"
  /// The saga's commands: for the gateway, which sends them in its own name.
  static let saga = "saga"
  static let verify = "loyalty.verify"
  /// A till may look at the standing of the one member who stands before it, and price a basket.
  static let identifyAtTill = "pos.identify"
  static let checkout = "pos.checkout"
}
