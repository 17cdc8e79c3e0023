import RPC
import ServiceKit

/// What the gateway refuses in its own name: each reason of the README's table, made here and nowhere else.
///
/// What a service behind it refuses (INSUFFICIENT_STOCK, LIMIT_REACHED, INSUFFICIENT_POINTS, …) passes through as it came, with
/// that service's domain.
enum Reasons {
  // MARK: Who asks

  static let apiKeyMissing = Refusal(
    .unauthenticated, "API_KEY_MISSING", "send the API client's key as metadata: authorization: Bearer pk_…")

  /// For a client that is bound to stores and calls what cannot be told to be one of theirs.
  static let storeNotNamed = Refusal(
    .permissionDenied, "STORE_NOT_ALLOWED", "the client may act for its own stores only; name one of them")

  static let methodClosed = Refusal(.permissionDenied, "METHOD_CLOSED", "no scope opens this method")

  // MARK: What is asked

  static func storeUnknown(_ key: String) -> Refusal {
    Refusal(.notFound, "STORE_UNKNOWN", "no store has this key", metadata: ["store": key])
  }

  static let memberUnknown = Refusal(.notFound, "MEMBER_UNKNOWN", "no member has this key")
  static let memberSuspended = Refusal(.failedPrecondition, "MEMBER_SUSPENDED", "the member is suspended")

  static func productUnknown(lines: [Int]) -> Refusal {
    let numbers = lines.prefix(20).map(String.init).joined(separator: ",")
    return Refusal(.notFound, "PRODUCT_UNKNOWN", "no product is known for line \(numbers)", metadata: ["lines": numbers])
  }

  static func currencyMismatch(field: String, expected: String, found: String) -> Refusal {
    Refusal(
      .invalidArgument, "CURRENCY_MISMATCH", "\(field) is in \(found.isEmpty ? "no currency" : found); the store sells in \(expected)",
      metadata: ["field": field, "expected": expected, "found": found])
  }

  static func couponRejected(code: String, reason: String, message: String) -> Refusal {
    Refusal(
      reason == "COUPON_UNKNOWN" ? .notFound : .failedPrecondition, reason, message, metadata: ["coupon_code": code])
  }

  static func orderUnknown(_ orderID: String) -> Refusal {
    Refusal(.notFound, "ORDER_UNKNOWN", "no order has this id", metadata: ["order_id": orderID])
  }

  // MARK: Where an order stands

  static let orderNotHeld = Refusal(.failedPrecondition, "ORDER_NOT_HELD", "the checkout is still being opened", retryDelay: .seconds(1))
  static let orderCompleted = Refusal(.failedPrecondition, "ORDER_COMPLETED", "the checkout was completed by another request")
  static let orderNotCompleted = Refusal(.failedPrecondition, "ORDER_NOT_COMPLETED", "only a completed order can be returned")
  static let pointsNotHeld = Refusal(
    .failedPrecondition, "POINTS_NOT_HELD", "points are held when the checkout begins (held_tenders), not when it completes")

  static let storedValueNotHeld = Refusal(
    .failedPrecondition, "STORED_VALUE_NOT_HELD",
    "stored value is held when the checkout begins (held_tenders), not when it completes")

  /// Decided and on its way: the same request id will be answered with how it ended.
  static let checkoutInProgress = Refusal(
    .unavailable, "CHECKOUT_IN_PROGRESS", "the outcome is decided or being decided; send the same request id again to learn it",
    retryDelay: .seconds(1))
  static let returnInProgress = Refusal(
    .unavailable, "RETURN_IN_PROGRESS", "the return is being written or carried out; send the same request id again to learn it",
    retryDelay: .seconds(1))
  static let orderContended = Refusal(
    .aborted, "ORDER_CHANGED", "the order kept changing under this return; send it again", retryDelay: .milliseconds(200))

  static func unavailable(_ service: String) -> Refusal {
    Refusal(
      .unavailable, "\(service.uppercased())_UNAVAILABLE", "the \(service) service does not answer; try again", retryDelay: .seconds(1))
  }

  static let tooManyCalls = Refusal(
    .resourceExhausted, "TOO_MANY_CHECKOUTS", "this gateway carries as many checkouts as it may", retryDelay: .seconds(1))
}
