import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// Why an order was cancelled, as the order keeps it, where no participant's refusal was the reason.
enum CancelReason {
  static let abandoned = "ABANDONED"
  static let expired = "EXPIRED"
  static let callerGone = "CALLER_GONE"
}

/// Nobody waits for this checkout any more, and it was not decided yet.
struct CallerGone: Error, RPCErrorConvertible {
  var rpcError: RPCError {
    Refusal(
      .unavailable, CancelReason.callerGone, "the call was given up before it was decided; send it again", retryDelay: .milliseconds(100)
    ).rpcError(from: GatewayApp.name)
  }
}

extension Reasons {
  static var callerGone: any Error { CallerGone() }
}

extension RPCError {
  /// An error as it will meet the wire, to be kept beside the order that it cancelled.
  init(describing error: any Error) {
    switch error {
    case let error as RPCError: self = error
    case let refusal as Refusal: self = refusal.rpcError(from: GatewayApp.name)
    case let error as any RPCErrorConvertible: self = error.rpcError
    default: self.init(.internalError, "the checkout failed")
    }
  }
}

extension UpstreamError {
  /// The answer to a till whose hold failed. A quote promised the price and the effects; when what it names cannot be held any
  /// more, the promise is stale. Points are the till's own offer, no part of the quote, and their lack is told as such.
  func asAnswer(usesQuote: Bool) -> any Error {
    guard usesQuote, kind == .refused, Self.heldByQuote.contains(cause.reason ?? "") else { return self }
    return Refusal(
      .failedPrecondition, "QUOTE_STALE", "what the quote promised cannot be held any more; ask for a new one",
      metadata: ["cause": cause.reason ?? ""].merging(cause.metadata) { first, _ in first })
  }

  private static let heldByQuote: Set<String> = [
    "LIMIT_REACHED", "COUPON_USED", "COUPON_VOID", "INSUFFICIENT_STOCK", "QUOTE_STALE", "EARN_CAP_REACHED",
  ]
}

extension CheckoutSaga {
  /// The answer to whoever asks for an order that was cancelled: the refusal that cancelled it, if one did.
  static func refusal(of record: InventoryV1.OrderRecord) -> any Error {
    let reason = record.order?.cancelReason ?? ""
    if reason == CancelReason.callerGone { return CallerGone() }
    if record.cancelCode != 0 {
      return Refusal(StatusCode(rawValue: record.cancelCode), reason, record.cancelMessage)
    }
    return Refusal(
      .failedPrecondition, "ORDER_CANCELLED", "the checkout was cancelled: \(reason)", metadata: ["cancel_reason": reason])
  }

  /// How the order is paid in full: what was held, and what the request brings besides. Stored value stands in the order as it was held, by
  /// its account; the request may say a card's number instead.
  static func allTenders(of record: InventoryV1.OrderRecord, _ call: Call) throws -> [TypeV1.Tender] {
    let order = record.order ?? InventoryV1.Order()
    var held = order.tenders.filter { $0.kind == .storedValue }[...]
    let accepted = try tenders(call.tenders, of: order, at: "tenders").map { $0.wire(currencyCode: order.currencyCode) }
    return accepted.map { $0.kind == .storedValue ? held.popFirst() ?? $0 : $0 }
  }

  /// The request's tenders, checked against an order that is priced already.
  static func tenders(_ tenders: [TypeV1.Tender], of order: InventoryV1.Order, at path: String) throws -> [AcceptedTender] {
    // The rate is the one at which the order holds points; with none held, none may pay.
    let held = order.tenders.first { $0.kind == .points }
    let rate = held.map { ($0.amount?.minorUnits ?? 0) / max(1, $0.points) } ?? 0
    do {
      let accepted = try TenderRules.accept(
        tenders.map(Tender.init), at: path,
        terms: TenderRules.Terms(
          currencyCode: order.currencyCode, minorUnitsPerPoint: rate, hasMember: !order.memberID.isEmpty, amountDue: order.amountDue))
      return accepted
    } catch {
      throw error.refusal(currencyCode: order.currencyCode)
    }
  }

  // MARK: Replies

  /// The order as it was written, with inventory's times. The first one that RecordHold brings is kept: a retry is answered with its
  /// bytes for ever.
  static func beginReply(of record: InventoryV1.OrderRecord) -> [UInt8] {
    let order = record.order ?? InventoryV1.Order()
    let held = order.tenders.reduce(Int64(0)) { $0 + ($1.amount?.minorUnits ?? 0) }
    return GatewayV1.BeginCheckoutResponse(order: order, remainingAmount: TypeV1.Money(order.amountDue - held, order.currencyCode))
      .encoded()
  }

  /// CheckoutResponse and CompleteCheckoutResponse hold a receipt under the same number, so one encoding answers both and
  /// recovery need not know which call is waiting.
  static func receiptReply(of record: InventoryV1.OrderRecord, _ commit: LoyaltyV1.CommitResponse?) -> [UInt8] {
    var order = record.order ?? InventoryV1.Order()
    order.state = .completed
    let change = order.tenders.reduce(Int64(0)) { $0 + ($1.change?.minorUnits ?? 0) }
    return GatewayV1.CheckoutResponse(
      receipt: GatewayV1.Receipt(
        order: order, balance: commit?.balance, previousTierCode: commit?.previousTierCode ?? "",
        change: TypeV1.Money(change, order.currencyCode), storedValue: commit?.storedValue ?? [])
    ).encoded()
  }

  static func abandonReply(of record: InventoryV1.OrderRecord) -> [UInt8] {
    var order = record.order ?? InventoryV1.Order()
    order.state = .cancelled
    return GatewayV1.AbandonCheckoutResponse(order: order).encoded()
  }
}
