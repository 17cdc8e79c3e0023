/// An enumeration of the contract. proto3 enumerations are open: a number that this build does not know is kept as `unrecognized`
/// and is encoded again as it came.
public protocol ProtobufEnum: Sendable, Hashable {
  init(rawValue: Int32)
  var rawValue: Int32 { get }

  /// The values that this build knows, in the contract's order.
  static var allKnownCases: [Self] { get }
}
