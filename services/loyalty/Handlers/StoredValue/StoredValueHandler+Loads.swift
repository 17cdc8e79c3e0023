internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

// Money in, and back to how it was paid.
extension StoredValueHandler {
  func openWallet(_ request: LoyaltyV1.OpenWalletRequest, context: ServerContext) async throws -> LoyaltyV1.OpenWalletResponse {
    try context.caller.require(anyOf: .storedValueLoad, .storedValueWrite)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    errors.require(text: request.jurisdiction, "jurisdiction", upTo: StoredValueLimits.maximumJurisdictionBytes)
    try errors.throwIfAny()
    let (now, accountID) = (environment.clock.now(), environment.ids.next("sva"))
    return try await environment.commands.run(request, context) { transaction in
      let policy = try ValueProgramStore.policyInForce(in: request.jurisdiction, transaction)
      let wallet = ValueAccount(
        accountID: accountID, kind: .wallet, state: .active, memberID: memberID, jurisdiction: policy.jurisdiction,
        currencyCode: policy.currencyCode, numberLastFour: "", hasPIN: false, pinTries: 0, parts: .nothing, held: .nothing,
        expiresAt: ProgramCalendar.never, lastNumber: 0, createdAt: now)
      _ = try ValueAccountStore.insert(wallet, numberHash: nil, pinHash: nil, transaction)
      guard let account = try ValueAccountStore.wallet(of: memberID, in: policy.jurisdiction, transaction) else {
        throw LedgerFault("a wallet was not made")
      }
      return LoyaltyV1.OpenWalletResponse(account: try StoredValueMessages.account(account, at: now, transaction))
    }
  }

  func topUp(_ request: LoyaltyV1.TopUpRequest, context: ServerContext) async throws -> LoyaltyV1.TopUpResponse {
    try context.caller.require(anyOf: .storedValueLoad)
    var errors = FieldErrors()
    let account = StoredValueReading.account(request.account, &errors)
    let load = read(request.reference, request.storeID, request.amount, request.payment, context, &errors)
    try errors.throwIfAny()
    let (now, ids) = (environment.clock.now(), movementIDs())
    return try await environment.commands.run(request, context) { transaction in
      let accountID = try find(account, transaction).accountID
      let key = ValueReferenceStore.Key(kind: "top-up", storeID: request.storeID, reference: request.reference)
      let entryID = try ValueReferenceStore.once(key, terms: Self.terms(accountID, load), transaction) {
        var ledger = try AccountLedger.open(accountID, at: now, ids: ids, transaction)
        return try ledger.topUp(load, expectedBonus: request.expectedBonus)
      }
      guard let topUp = try TopUpStore.find(entryID, transaction) else { throw LedgerFault("a top-up vanished") }
      return LoyaltyV1.TopUpResponse(
        entryID: entryID, principal: topUp.amounts.loaded.principal, bonus: topUp.amounts.loaded.bonus,
        account: try StoredValueMessages.account(accountID, at: now, transaction))
    }
  }

  func activateGiftCard(
    _ request: LoyaltyV1.ActivateGiftCardRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ActivateGiftCardResponse {
    try context.caller.require(anyOf: .storedValueLoad)
    var errors = FieldErrors()
    let account = StoredValueReading.account(request.account, &errors)
    let load = read(request.reference, request.storeID, request.amount, request.payment, context, &errors)
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let (now, ids) = (environment.clock.now(), movementIDs())
    return try await environment.commands.run(request, context) { transaction in
      let card = try find(account, transaction)
      let key = ValueReferenceStore.Key(kind: "activate", storeID: request.storeID, reference: request.reference)
      let terms = Self.terms(card.accountID, load) + "|" + request.memberID
      let entryID = try ValueReferenceStore.once(key, terms: terms, transaction) {
        let policy = try ValueProgramStore.policyInForce(in: card.jurisdiction, transaction)
        let expiry = policy.cardExpiry(activatedAt: now, isNamed: !request.memberID.isEmpty)
        guard try ValueAccountStore.activate(card.accountID, for: request.memberID, until: expiry, transaction) else {
          throw StoredValueRefusal.accountState(card.state)
        }
        var ledger = try AccountLedger.open(card.accountID, at: now, ids: ids, transaction)
        return try ledger.topUp(load, expectedBonus: nil)
      }
      return LoyaltyV1.ActivateGiftCardResponse(
        entryID: entryID, account: try StoredValueMessages.account(card.accountID, at: now, transaction))
    }
  }

  func refundTopUp(_ request: LoyaltyV1.RefundTopUpRequest, context: ServerContext) async throws -> LoyaltyV1.RefundTopUpResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    let topUpID = StoredValueReading.identifier(request.entryID, "entry_id", &errors)
    let amount = StoredValueReading.amount(request.amount, &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    try errors.throwIfAny()
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context, storeID: storeID))
    return try await environment.commands.run(request, context) { transaction in
      guard let topUp = try TopUpStore.find(topUpID, transaction) else { throw StoredValueRefusal.topUpUnknown }
      var ledger = try AccountLedger.open(topUp.accountID, at: now, ids: ids, transaction)
      try ledger.require(currencyCode: amount.currencyCode)
      let key = ValueReferenceStore.Key(kind: "refund", storeID: storeID, reference: reference)
      let result = try ValueReferenceStore.once(key, terms: "\(topUpID)|\(amount.minorUnits)", transaction) {
        let (entryID, plan) = try ledger.refund(amount.minorUnits, of: topUp, reference: reference, reason: reason, origin: origin)
        return "\(entryID)|\(plan.paidOut)|\(plan.taken.principal)|\(plan.taken.bonus)"
      }
      let parts = result.split(separator: "|")
      guard parts.count == 4, let paidOut = Int64(parts[1]), let principal = Int64(parts[2]), let bonus = Int64(parts[3]) else {
        throw LedgerFault("a refund's reference is no refund")
      }
      return LoyaltyV1.RefundTopUpResponse(
        entryID: String(parts[0]), paidOut: TypeV1.Money(paidOut, amount.currencyCode),
        payment: LoyaltyV1.StoredValuePayment(topUp.payment), principalTaken: principal, bonusTaken: bonus,
        account: try StoredValueMessages.account(topUp.accountID, at: now, transaction))
    }
  }

  func adjustStoredValue(
    _ request: LoyaltyV1.AdjustStoredValueRequest, context: ServerContext
  ) async throws -> LoyaltyV1.AdjustStoredValueResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let accountID = StoredValueReading.identifier(request.accountID, "account_id", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    let parts = StoredValueReading.parts(request.principal, request.bonus, from: -LoyaltyLimits.maximumMinorUnits, "", &errors)
    errors.require(!parts.isNothing, "principal", "must not be 0, or bonus must not")
    try errors.throwIfAny()
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context, storeID: storeID))
    return try await environment.commands.run(request, context) { transaction in
      let key = ValueReferenceStore.Key(kind: "adjust", storeID: storeID, reference: reference)
      let terms = "\(accountID)|\(parts.principal)|\(parts.bonus)"
      let entryID = try ValueReferenceStore.once(key, terms: terms, transaction) {
        var ledger = try AccountLedger.open(accountID, at: now, ids: ids, transaction)
        return try ledger.adjust(parts, reference: reference, reason: reason, origin: origin)
      }
      return LoyaltyV1.AdjustStoredValueResponse(
        entryID: entryID, account: try StoredValueMessages.account(accountID, at: now, transaction))
    }
  }

  // MARK: Parts

  private func read(
    _ reference: String, _ storeID: String, _ money: TypeV1.Money?, _ payment: LoyaltyV1.StoredValuePayment?, _ context: ServerContext,
    _ errors: inout FieldErrors
  ) -> AccountLedger.Load {
    let reference = StoredValueReading.identifier(reference, "reference", &errors)
    let storeID = StoredValueReading.identifier(storeID, "store_id", &errors)
    let amount = StoredValueReading.amount(money, &errors)
    return AccountLedger.Load(
      amount: amount.minorUnits, currencyCode: amount.currencyCode, payment: StoredValueReading.payment(payment, &errors),
      reference: reference, origin: origin(context, storeID: storeID))
  }

  private static func terms(_ accountID: String, _ load: AccountLedger.Load) -> String {
    "\(accountID)|\(load.amount)|\(load.currencyCode)|\(load.payment.kind)|\(load.payment.reference)"
  }
}
