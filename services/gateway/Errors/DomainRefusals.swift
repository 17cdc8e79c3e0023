import RPC
import ServiceKit

// Domain's typed refusals as the wire knows them: each kind is turned here, once.

extension [FieldViolation] {
  /// INVALID_ARGUMENT / INVALID_FIELDS, if there is any.
  func throwIfAny() throws(FieldViolations) {
    var errors = FieldErrors()
    for violation in self { errors.add(violation.field, violation.description) }
    try errors.throwIfAny()
  }

  /// The same as a value; nil when there is none.
  fileprivate var error: FieldViolations? {
    do throws(FieldViolations) { try throwIfAny() } catch { return error }
    return nil
  }
}

extension PricingRefusal {
  var refusal: any Error {
    switch self {
    case .amountsTooLarge:
      Refusal(.invalidArgument, "AMOUNTS_TOO_LARGE", "the basket's amounts sum to more than \(Amounts.largest) minor units")
    case .amountDueNegative(let amountDue):
      Refusal(
        .invalidArgument, "AMOUNT_DUE_NEGATIVE", "the coupons exceed the basket: the customer would be paid \(-amountDue)",
        metadata: ["amount_due": String(amountDue)])
    case .effectsInconsistent:
      // Two of our own programs disagree: the caller can do nothing about it, and learns nothing of it but INTERNAL.
      self
    }
  }
}

extension TenderRefusal {
  func refusal(currencyCode: String) -> any Error {
    switch self {
    case .fields(let violations):
      violations.error ?? self
    case .currencyMismatch(let field, let found):
      Reasons.currencyMismatch(field: field, expected: currencyCode, found: found)
    case .pointsNeedMember:
      Refusal(.invalidArgument, "POINTS_NEED_MEMBER", "only a member's basket can be paid with points")
    case .pointsNotAccepted:
      Refusal(.failedPrecondition, "POINTS_NOT_ACCEPTED", "points do not pay in this store")
    case .pointsAmountMismatch(let points, let expected, let found):
      Refusal(
        .invalidArgument, "POINTS_AMOUNT_MISMATCH", "\(points) points pay \(expected), not \(found)",
        metadata: ["points": String(points), "expected": String(expected), "found": String(found)])
    case .short(let missing):
      Refusal(
        .invalidArgument, "TENDERS_SHORT", "the tenders fall short of the amount due by \(missing)",
        metadata: ["missing": String(missing)])
    case .over(let excess):
      Refusal(
        .invalidArgument, "TENDERS_OVER", "the tenders exceed the amount due by \(excess)", metadata: ["excess": String(excess)])
    }
  }
}

extension QuoteRefusal {
  var refusal: Refusal {
    switch self {
    case .invalid:
      Refusal(.invalidArgument, "QUOTE_INVALID", "quote_token is no quote that this client was given")
    case .expired:
      Refusal(.failedPrecondition, "QUOTE_EXPIRED", "the quote has expired; ask for a new one")
    case .basketDiffers:
      Refusal(
        .failedPrecondition, "QUOTE_STALE", "the quote was given for another basket; ask for a new one",
        metadata: ["cause": "BASKET_DIFFERS"])
    }
  }
}

extension Refunds.Refusal {
  var refusal: any Error {
    switch self {
    case .lineUnknown(let number):
      Refusal(.notFound, "LINE_UNKNOWN", "the order has no line \(number)", metadata: ["line": String(number)])
    case .lineRepeated(let number):
      invalid("line \(number) is named twice")
    case .quantityInvalid(let number):
      invalid("quantity of line \(number) must be 1 or more")
    case .adjustmentNotReturnable(let number):
      invalid("line \(number) is an ADJUSTMENT line: it comes back with the return that completes the order")
    case .exceedsSold(let numbers):
      Refusal(
        .failedPrecondition, "RETURN_EXCEEDS_SOLD", "more would be returned than was sold on line \(Self.list(numbers))",
        metadata: ["lines": Self.list(numbers)])
    case .nothingLeft:
      Refusal(.failedPrecondition, "RETURN_EXCEEDS_SOLD", "nothing of the order is left to return")
    }
  }

  private func invalid(_ description: String) -> any Error {
    [FieldViolation(field: "lines", description: description)].error ?? self
  }

  private static func list(_ numbers: [Int]) -> String { numbers.prefix(20).map(String.init).joined(separator: ",") }
}
