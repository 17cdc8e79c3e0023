/// Who asked, by what method, under which id: what a retry is recognised by, for ever.
struct SagaKey: Equatable, Sendable {
  /// What the call that bears the key did. One call may begin an order and end it.
  enum Purpose: Int64, Sendable, CaseIterable {
    case beganOrder = 1
    case endedOrder = 2
    case beganReturn = 3
  }

  var clientID: String
  /// The full name, such as "/patron.gateway.v1.PointOfSaleService/Checkout".
  var method: String
  var requestID: String
  /// Of the request with its id cleared, under the database's key: the same id with another body is a client's mistake, never a retry.
  var bodyHash: [UInt8]
}
