internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.StoredValueService`: decode, call, encode. Its extensions hold the methods by topic.
struct StoredValueHandler: LoyaltyV1.StoredValueService {
  /// What a stranger with the database pays for each guess of a PIN: some milliseconds.
  private static let pinHashRounds = 2_000

  let environment: ServiceEnvironment
  /// By what a card is found whose number is stored nowhere.
  let numberHash: KeyedHash
  let pinHash: SlowKeyedHash

  init(environment: ServiceEnvironment) {
    self.environment = environment
    numberHash = KeyedHash(database: environment.database, purpose: "loyalty.card-number")
    pinHash = SlowKeyedHash(database: environment.database, purpose: "loyalty.pin", rounds: Self.pinHashRounds)
  }

  /// What hashes PINs computes for longer than an event loop has.
  func execution(of method: MethodDescriptor) -> MethodExecution {
    let methods = LoyaltyV1.StoredValueServiceMethods.self
    return [methods.issueGiftCards, methods.importGiftCards, methods.setPin, methods.authorizeSpend].contains(method) ? .offLoop : .onLoop
  }

  // MARK: Looking

  func getStoredValueAccount(
    _ request: LoyaltyV1.GetStoredValueAccountRequest, context: ServerContext
  ) async throws -> LoyaltyV1.GetStoredValueAccountResponse {
    try context.caller.require(anyOf: .storedValueRead, .storedValueSpend, .storedValueLoad)
    var errors = FieldErrors()
    let key = StoredValueReading.account(request.account, &errors)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let account = try find(key, snapshot)
      return LoyaltyV1.GetStoredValueAccountResponse(account: try StoredValueMessages.account(account, at: now, snapshot))
    }
  }

  func listStoredValueAccounts(
    _ request: LoyaltyV1.ListStoredValueAccountsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListStoredValueAccountsResponse {
    try context.caller.require(anyOf: .storedValueRead, .storedValueSpend, .storedValueLoad)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    try errors.throwIfAny()
    let list = "loyalty.value-accounts member=\(memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let start = try page.after?.text(0) ?? ""
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let rows = try ValueAccountStore.list(of: memberID, after: start, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.text($0.accountID)] }
      return LoyaltyV1.ListStoredValueAccountsResponse(
        accounts: try shown.map { try StoredValueMessages.account($0, at: now, snapshot) }, nextPageToken: nextPageToken)
    }
  }

  func listStoredValueEntries(
    _ request: LoyaltyV1.ListStoredValueEntriesRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListStoredValueEntriesResponse {
    try context.caller.require(anyOf: .storedValueRead)
    var errors = FieldErrors()
    let accountID = StoredValueReading.identifier(request.accountID, "account_id", &errors)
    try errors.throwIfAny()
    let list = "loyalty.value-entries account=\(accountID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let below = try page.after?.integer(0) ?? .max
    return try await environment.database.read(for: context) { snapshot in
      let rows = try ValueLedgerStore.statement(of: accountID, below: below, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.number)] }
      return LoyaltyV1.ListStoredValueEntriesResponse(entries: shown.map(LoyaltyV1.StoredValueEntry.init), nextPageToken: nextPageToken)
    }
  }

  // MARK: Parts

  /// ACCOUNT_UNKNOWN or CARD_UNKNOWN when there is none.
  func find(_ key: StoredValueReading.AccountKey, _ reader: some Queryable) throws -> ValueAccount {
    switch key {
    case .id(let accountID):
      guard let account = try ValueAccountStore.find(accountID, reader) else { throw StoredValueRefusal.accountUnknown }
      return account
    case .number(let number):
      guard let account = try ValueAccountStore.find(numberHash: numberHash(number.text), reader) else {
        throw StoredValueRefusal.cardUnknown
      }
      return account
    }
  }

  /// Nil for an empty text, which is no PIN.
  func optionalPINHash(_ pin: String, of accountID: String) -> [UInt8]? { pin.isEmpty ? nil : pinHash(pin, salt: accountID) }

  func movementIDs() -> MovementIDs { MovementIDs(from: environment.ids.next("ent")) }

  func origin(_ context: ServerContext, storeID: String = "") -> LedgerOrigin {
    LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID, storeID: storeID)
  }
}
