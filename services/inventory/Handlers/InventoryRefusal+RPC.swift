import RPC
import ServiceKit

/// How a refusal meets the wire: its gRPC code. Reason, message and metadata are the Domain's.
extension InventoryRefusal: RPCErrorConvertible {
  var rpcError: RPCError {
    Refusal(code, reason, message, metadata: metadata).rpcError(from: InventoryApp.name)
  }

  private var code: StatusCode {
    switch self {
    case .productNotFound, .storeNotFound, .orderNotFound, .returnNotFound, .lineNotFound:
      .notFound
    case .barcodeTaken, .requestIDReused, .orderExists, .returnExists:
      .alreadyExists
    case .orderChanged:
      .aborted
    case .orderTooLarge, .amountsDoNotSum, .currencyMismatch, .tendersDoNotSum, .heldTendersChanged, .returnQuantityInvalid,
      .refundsDoNotSum:
      .invalidArgument
    case .storeCurrencyFixed, .insufficientStock, .quoteUsed, .orderNotHeld, .orderNotDecided, .orderCancelled,
      .orderCompleted, .orderNotOpen, .orderNotCompleted, .returnExceedsSold, .refundExceedsPaid:
      .failedPrecondition
    }
  }
}
