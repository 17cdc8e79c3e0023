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
    let (now, hash) = (environment.clock.now(), optionalPINHash(request.pin, of: accountID))
    // Its repeat is known by the slow hash: a fast one of the PIN would give it away.
    var masked = request
    masked.pin = Data(hash ?? []).base64EncodedString()
    return try await environment.commands.run(masked, context) { transaction in
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

  /// Records that its client gave a card's number, or a right PIN. A wrong PIN takes effect too, since it is counted: what is recorded is that
  /// it was wrong, and then the caller is refused.
  func authorizeSpend(
    _ request: LoyaltyV1.AuthorizeSpendRequest, context: ServerContext
  ) async throws -> LoyaltyV1.AuthorizeSpendResponse {
    try context.caller.require(anyOf: .storedValueSpend)
    var errors = FieldErrors()
    let key = StoredValueReading.account(request.account, &errors)
    errors.require(request.pin.isEmpty || CardPIN(request.pin) != nil, "pin", "must be 4 to 8 digits, or empty")
    try errors.throwIfAny()
    try RequestID.check(request.requestID)
    let (now, authorizationID, clientID) = (environment.clock.now(), environment.ids.next("sau"), context.caller.clientID)
    let account = try await environment.database.read(for: context) { snapshot in try find(key, snapshot) }
    let accountID = account.accountID
    guard !account.hasPIN || !request.pin.isEmpty else { throw StoredValueRefusal.pinRequired }
    let hash = account.hasPIN ? pinHash(request.pin, salt: accountID) : nil
    let expiry = now.addingTimeInterval(TimeInterval(StoredValueLimits.authorizationMinutes * 60))
    // The log has the caller's own id.
    defer { try? RequestID.check(request.requestID) }
    let recorded = try await environment.commands.run(
      attempt(request, at: account), context,
      replaying: { (recorded: LoyaltyV1.RecordedAuthorization, transaction) in
        // A right PIN is told again only while one may be tried, or whoever knows its request's id could try on.
        guard recorded.response != nil, try StoredValueMessages.account(accountID, at: now, transaction).pinLocked else { return }
        throw StoredValueRefusal.pinLocked
      }
    ) { transaction in
      let account = try find(.id(accountID), transaction)
      if account.hasPIN {
        // None was there when the request was looked at.
        guard let hash else { throw StoredValueRefusal.pinRequired }
        let tries = try ValueProgramStore.policyInForce(in: account.jurisdiction, transaction).pinTries
        guard let wrong = try ValueAccountStore.tryPIN(hash, of: accountID, tries: tries, transaction) else {
          throw StoredValueRefusal.pinLocked
        }
        guard wrong == 0 else { return LoyaltyV1.RecordedAuthorization(triesLeft: Int32(max(0, tries - wrong))) }
      }
      var response = LoyaltyV1.AuthorizeSpendResponse(account: try StoredValueMessages.account(accountID, at: now, transaction))
      if account.hasPIN || key != .id(accountID) {
        try CardSecretStore.authorize(authorizationID, accountID, for: clientID, until: expiry, transaction)
        (response.authorizationID, response.expireTime) = (authorizationID, GoogleProtobuf.Timestamp(expiry))
      }
      return LoyaltyV1.RecordedAuthorization(response: response)
    }
    guard let response = recorded.response else { throw StoredValueRefusal.pinWrong(triesLeft: Int(recorded.triesLeft)) }
    return response
  }

  /// The request as it is known again. Each PIN under an id is a request of its own, and so a try: were it one with another body, whoever
  /// guessed the first one's PIN would be told so without a try. The hash is the slow one, since a fast one would give the PIN away.
  private func attempt(_ request: LoyaltyV1.AuthorizeSpendRequest, at account: ValueAccount) -> LoyaltyV1.AuthorizeSpendRequest {
    var attempt = request
    attempt.pin = ""
    if account.hasPIN {
      attempt.requestID = Data(pinHash(request.pin, salt: "\(account.accountID) \(request.requestID)")).base64EncodedString()
    }
    return attempt
  }
}
