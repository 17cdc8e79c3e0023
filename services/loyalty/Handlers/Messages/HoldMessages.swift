internal import Foundation
internal import PatronAPI
internal import ServiceKit

extension OrderHold.Terms {
  init(_ request: LoyaltyV1.HoldRequest, _ errors: inout FieldErrors) {
    let bytes = LoyaltyLimits.maximumIdentifierBytes
    errors.require(text: request.memberID, "member_id", upTo: bytes)
    errors.require(optionalText: request.storeID, "store_id", upTo: bytes)
    errors.require(optionalText: request.clientID, "client_id", upTo: bytes)
    errors.require(optionalText: request.staffID, "staff_id", upTo: bytes)
    errors.require(CurrencyExponent.isWellFormed(request.currencyCode), "currency_code", "must be three upper-case letters of ISO 4217")
    errors.require(request.earn != nil, "earn", "must say what the order earns")
    let amount = request.spend?.amount
    if let spend = request.spend {
      errors.require(
        (1...LoyaltyLimits.maximumPoints).contains(spend.points), "spend.points", "must be 1 to \(LoyaltyLimits.maximumPoints)")
      errors.require(amount?.currencyCode == request.currencyCode, "spend.amount.currency_code", "must be the order's currency")
      errors.require(
        (0...LoyaltyLimits.maximumMinorUnits).contains(amount?.minorUnits ?? -1), "spend.amount.minor_units", LoyaltyLimits.range)
    }
    self.init(
      memberID: request.memberID, storeID: request.storeID, clientID: request.clientID, staffID: request.staffID,
      currencyCode: request.currencyCode, spendPoints: request.spend?.points ?? 0, spendMinorUnits: amount?.minorUnits ?? 0,
      ruleVersion: request.earn?.ruleVersion ?? 0, earnPoints: request.earn?.points ?? 0,
      growthValue: request.earn?.growthValue ?? 0, occurredAt: request.occurredTime?.date)
  }
}

extension OrderHold.State {
  var message: TypeV1.HoldState {
    switch self {
    case .held: .held
    case .committed: .committed
    case .cancelled: .cancelled
    case .tombstone: .tombstone
    }
  }
}
