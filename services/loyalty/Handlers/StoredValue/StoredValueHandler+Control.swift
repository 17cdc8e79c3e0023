internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ProtobufC
internal import RPC
internal import ServiceKit

// States, PINs, replacements.
extension StoredValueHandler {
  func freezeAccount(_ request: LoyaltyV1.FreezeAccountRequest, context: ServerContext) async throws -> LoyaltyV1.FreezeAccountResponse {
    try await change(request, request.accountID, request.reason, from: [.active], to: .frozen, context) {
      LoyaltyV1.FreezeAccountResponse(account: $0)
    }
  }

  func unfreezeAccount(
    _ request: LoyaltyV1.UnfreezeAccountRequest, context: ServerContext
  ) async throws -> LoyaltyV1.UnfreezeAccountResponse {
    try await change(request, request.accountID, request.reason, from: [.frozen], to: .active, context) {
      LoyaltyV1.UnfreezeAccountResponse(account: $0)
    }
  }

  func blockAccount(_ request: LoyaltyV1.BlockAccountRequest, context: ServerContext) async throws -> LoyaltyV1.BlockAccountResponse {
    try await change(request, request.accountID, request.reason, from: [.active, .frozen], to: .blocked, context) {
      LoyaltyV1.BlockAccountResponse(account: $0)
    }
  }

  /// An account that is where it is to go stays there, and answers the same.
  private func change<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ request: Request, _ accountID: String, _ reason: String, from states: [ValueAccount.State], to state: ValueAccount.State,
    _ context: ServerContext, _ reply: @escaping @Sendable (LoyaltyV1.StoredValueAccount) -> Reply
  ) async throws -> Reply {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let accountID = StoredValueReading.identifier(accountID, "account_id", &errors)
    let reason = StoredValueReading.reason(reason, &errors)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.commands.run(request, context) { transaction in
      if try !ValueAccountStore.setState(state, of: accountID, from: states, reason: reason, transaction) {
        let account = try find(.id(accountID), transaction)
        guard account.state == state else { throw StoredValueRefusal.accountState(account.state) }
      }
      return reply(try StoredValueMessages.account(accountID, at: now, transaction))
    }
  }

  func transferBalance(
    _ request: LoyaltyV1.TransferBalanceRequest, context: ServerContext
  ) async throws -> LoyaltyV1.TransferBalanceResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let source = StoredValueReading.identifier(request.fromAccountID, "from_account_id", &errors)
    let target = StoredValueReading.identifier(request.toAccountID, "to_account_id", &errors)
    errors.require(source != target, "to_account_id", "must be another account")
    let reason = StoredValueReading.reason(request.reason, &errors)
    try errors.throwIfAny()
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context))
    return try await environment.commands.run(request, context) { transaction in
      let key = ValueReferenceStore.Key(kind: "transfer", storeID: "", reference: reference)
      let result = try ValueReferenceStore.once(key, terms: "\(source)|\(target)", transaction) {
        let moved = try AccountLedger.transfer(
          from: source, to: target, reference: reference, reason: reason, origin: origin, at: now, ids: ids, transaction)
        return "\(moved.principal)|\(moved.bonus)"
      }
      let parts = result.split(separator: "|").compactMap { Int64($0) }
      guard parts.count == 2 else { throw LedgerFault("a transfer's reference is no transfer") }
      return LoyaltyV1.TransferBalanceResponse(
        principal: parts[0], bonus: parts[1], fromAccount: try StoredValueMessages.account(source, at: now, transaction),
        toAccount: try StoredValueMessages.account(target, at: now, transaction))
    }
  }

  // MARK: PIN

  func setPin(_ request: LoyaltyV1.SetPinRequest, context: ServerContext) async throws -> LoyaltyV1.SetPinResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let accountID = StoredValueReading.identifier(request.accountID, "account_id", &errors)
    errors.require(request.pin.isEmpty || CardPIN(request.pin) != nil, "pin", "must be 4 to 8 digits, or empty")
    try errors.throwIfAny()
    let (now, hash) = (environment.clock.now(), request.pin.isEmpty ? nil : pinHash(request.pin, salt: accountID))
    return try await environment.commands.run(masking(request, \.pin, hash), context) { transaction in
      _ = try find(.id(accountID), transaction)
      try ValueAccountStore.setPIN(hash, of: accountID, transaction)
      return LoyaltyV1.SetPinResponse(account: try StoredValueMessages.account(accountID, at: now, transaction))
    }
  }

  func unlockPin(_ request: LoyaltyV1.UnlockPinRequest, context: ServerContext) async throws -> LoyaltyV1.UnlockPinResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let accountID = StoredValueReading.identifier(request.accountID, "account_id", &errors)
    _ = StoredValueReading.reason(request.reason, &errors)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.commands.run(request, context) { transaction in
      _ = try find(.id(accountID), transaction)
      try ValueAccountStore.unlockPIN(of: accountID, transaction)
      return LoyaltyV1.UnlockPinResponse(account: try StoredValueMessages.account(accountID, at: now, transaction))
    }
  }

  /// A wrong PIN takes effect, since it is counted: what is recorded is that it was wrong, and then the caller is refused.
  func authorizeSpend(
    _ request: LoyaltyV1.AuthorizeSpendRequest, context: ServerContext
  ) async throws -> LoyaltyV1.AuthorizeSpendResponse {
    try context.caller.require(anyOf: .storedValueSpend)
    var errors = FieldErrors()
    let key = StoredValueReading.account(request.account, &errors)
    errors.require(request.pin.isEmpty || CardPIN(request.pin) != nil, "pin", "must be 4 to 8 digits, or empty")
    try errors.throwIfAny()
    try RequestID.check(request.requestID)
    let (now, authorizationID) = (environment.clock.now(), environment.ids.next("sau"))
    let found = try await environment.database.read(for: context) { snapshot in
      let account = try find(key, snapshot)
      return (account, try StoredValueMessages.account(account, at: now, snapshot))
    }
    let accountID = found.0.accountID
    // Nothing to check, nothing to record.
    guard found.0.hasPIN else { return LoyaltyV1.AuthorizeSpendResponse(account: found.1) }
    guard !request.pin.isEmpty else { throw StoredValueRefusal.notAuthorized }
    let (hash, clientID) = (pinHash(request.pin, salt: accountID), context.caller.clientID)
    let expiry = now.addingTimeInterval(TimeInterval(StoredValueLimits.authorizationMinutes * 60))
    let recorded = try await environment.commands.run(masking(request, \.pin, hash), context) { transaction in
      let account = try find(.id(accountID), transaction)
      let policy = try ValueProgramStore.policyInForce(in: account.jurisdiction, transaction)
      guard let wrong = try ValueAccountStore.tryPIN(hash, of: accountID, tries: policy.pinTries, transaction) else {
        throw StoredValueRefusal.pinLocked
      }
      guard wrong == 0 else { return LoyaltyV1.RecordedAuthorization(triesLeft: Int32(max(0, policy.pinTries - wrong))) }
      try CardSecretStore.forgetExpiredAuthorizations(at: now, transaction)
      try CardSecretStore.authorize(authorizationID, accountID, for: clientID, until: expiry, transaction)
      return LoyaltyV1.RecordedAuthorization(
        response: LoyaltyV1.AuthorizeSpendResponse(
          account: try StoredValueMessages.account(accountID, at: now, transaction), authorizationID: authorizationID,
          expireTime: GoogleProtobuf.Timestamp(expiry)))
    }
    guard let response = recorded.response else { throw StoredValueRefusal.pinWrong(triesLeft: Int(recorded.triesLeft)) }
    return response
  }

  /// The request as it is compared with its repeat: with the slow hash in place of the PIN, which a fast one would give away.
  private func masking<Request>(_ request: Request, _ pin: WritableKeyPath<Request, String>, _ hash: [UInt8]?) -> Request {
    var masked = request
    masked[keyPath: pin] = Data(hash ?? []).base64EncodedString()
    return masked
  }
}
