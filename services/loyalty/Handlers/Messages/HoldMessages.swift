internal import Foundation
internal import PatronAPI
internal import ServiceKit

extension OrderHold.Terms {
  init(_ request: LoyaltyV1.HoldRequest, _ errors: inout FieldErrors) {
    let bytes = LoyaltyLimits.maximumIdentifierBytes
    // Stored value pays for anybody; points are a member's.
    let needsMember = request.earn != nil || request.storedValue.isEmpty
    errors.require(!needsMember || !request.memberID.isEmpty, "member_id", "must not be empty")
    errors.require(optionalText: request.memberID, "member_id", upTo: bytes)
    errors.require(optionalText: request.storeID, "store_id", upTo: bytes)
    errors.require(optionalText: request.clientID, "client_id", upTo: bytes)
    errors.require(optionalText: request.staffID, "staff_id", upTo: bytes)
    errors.require(CurrencyExponent.isWellFormed(request.currencyCode), "currency_code", "must be three upper-case letters of ISO 4217")
    errors.require(request.earn != nil || !request.storedValue.isEmpty, "earn", "must say what the order earns")
    errors.require(needsMember || request.spend == nil, "spend", "needs the rule version of earn")
    errors.require(request.earn.map { $0.ruleVersion > 0 } ?? true, "earn.rule_version", "must be 1 or more")
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

extension OrderValues.Tender {
  /// What stored value pays of an order: each account once.
  static func read(_ messages: [LoyaltyV1.StoredValueSpend], of currencyCode: String, _ errors: inout FieldErrors) -> [OrderValues.Tender] {
    let most = StoredValueLimits.maximumAccountsPerOrder
    guard errors.require(messages.count <= most, "stored_value", "at most \(most)") else { return [] }
    errors.require(Set(messages.map(\.accountID)).count == messages.count, "stored_value", "each account at most once")
    return messages.enumerated().map { index, message in
      let field = "stored_value[\(index)]"
      let amount = message.amount?.minorUnits ?? 0
      errors.require(text: message.accountID, "\(field).account_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
      errors.require(optionalText: message.authorizationID, "\(field).authorization_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
      errors.require(message.amount?.currencyCode == currencyCode, "\(field).amount.currency_code", "must be the order's currency")
      errors.require(
        (1...LoyaltyLimits.maximumMinorUnits).contains(amount), "\(field).amount.minor_units", "must be 1 or more, \(LoyaltyLimits.range)")
      return OrderValues.Tender(accountID: message.accountID, amount: amount, authorizationID: message.authorizationID)
    }
  }
}

extension OrderReversal.ValueRefund {
  static func read(_ messages: [LoyaltyV1.StoredValueRefund], _ errors: inout FieldErrors) -> [OrderReversal.ValueRefund] {
    let most = StoredValueLimits.maximumAccountsPerOrder
    guard errors.require(messages.count <= most, "stored_value", "at most \(most)") else { return [] }
    errors.require(Set(messages.map(\.accountID)).count == messages.count, "stored_value", "each account at most once")
    return messages.enumerated().map { index, message in
      let amount = message.amount?.minorUnits ?? -1
      errors.require(
        (0...LoyaltyLimits.maximumMinorUnits).contains(amount), "stored_value[\(index)].amount.minor_units", LoyaltyLimits.range)
      return OrderReversal.ValueRefund(accountID: message.accountID, amount: amount)
    }
  }
}
