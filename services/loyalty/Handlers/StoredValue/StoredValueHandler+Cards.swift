internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

// Cards come to be: made here, or taken over.
extension StoredValueHandler {
  /// The recorded reply holds neither numbers nor PINs, so that a replay for ever is no leak for ever; they are added to the answer from rows
  /// that live for minutes only.
  func issueGiftCards(
    _ request: LoyaltyV1.IssueGiftCardsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.IssueGiftCardsResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    errors.require(text: request.jurisdiction, "jurisdiction", upTo: StoredValueLimits.maximumJurisdictionBytes)
    let most = StoredValueLimits.maximumCardsPerRequest
    errors.require((1...most).contains(Int(request.count)), "count", "must be 1 to \(most)")
    try errors.throwIfAny()
    let now = environment.clock.now()
    let cards = (0..<Int(request.count)).map { _ in newCard(withPIN: request.withPin) }
    let expiry = now.addingTimeInterval(TimeInterval(StoredValueLimits.cardSecretMinutes * 60))
    let key = ValueReferenceStore.Key(kind: "issue", storeID: "", reference: reference)
    let terms = "\(request.jurisdiction)|\(request.count)|\(request.withPin)"
    let recorded = try await environment.commands.run(request, context) { transaction in
      let made = try ValueReferenceStore.once(key, terms: terms, transaction) {
        let policy = try ValueProgramStore.policyInForce(in: request.jurisdiction, transaction)
        for card in cards {
          try insert(card, of: policy, state: .inactive, until: ProgramCalendar.never, at: now, transaction)
          try CardSecretStore.keep(
            CardSecretStore.Secret(number: card.number.text, pin: card.pin), of: card.accountID, until: expiry, transaction)
        }
        return cards.map(\.accountID).joined(separator: ",")
      }
      return try Self.issued(made.split(separator: ",").map(String.init), transaction)
    }
    return try await environment.database.read(for: context) { snapshot in
      var reply = recorded
      for index in reply.cards.indices {
        guard let secret = try CardSecretStore.secret(of: reply.cards[index].accountID, at: now, snapshot) else { continue }
        (reply.cards[index].number, reply.cards[index].pin) = (secret.number, secret.pin)
      }
      return reply
    }
  }

  func importGiftCards(
    _ request: LoyaltyV1.ImportGiftCardsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ImportGiftCardsResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    var errors = FieldErrors()
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    errors.require(text: request.jurisdiction, "jurisdiction", upTo: StoredValueLimits.maximumJurisdictionBytes)
    let rows = readRows(request.cards, &errors)
    try errors.throwIfAny()
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context, storeID: storeID))
    // A PIN is hashed with its account's id, so that of a card which is here already with the one that it has.
    let known = try await environment.database.read(for: context) { snapshot in
      try rows.map { row in try ValueAccountStore.find(numberHash: numberHash(row.number.text), snapshot)?.accountID }
    }
    let cards = zip(rows, known).map { row, accountID in
      newCard(row.number, pin: row.pin, accountID: accountID ?? environment.ids.next("sva"), memberID: row.memberID)
    }
    // PINs are no part of what makes two requests alike: whoever read the database could try them all against a fast hash.
    var masked = request
    for index in masked.cards.indices { masked.cards[index].pin = "" }
    return try await environment.commands.run(masked, context) { transaction in
      let policy = try ValueProgramStore.policyInForce(in: request.jurisdiction, transaction)
      var ids = ids
      return LoyaltyV1.ImportGiftCardsResponse(
        results: try zip(rows, cards).map { row, card in
          try takeOver(row, as: card, by: policy, origin: origin, at: now, ids: &ids, transaction)
        })
    }
  }

  // MARK: Parts

  /// A card that is about to be.
  struct NewCard: Sendable {
    var accountID: String
    var number: CardNumber
    /// Empty for none.
    var pin: String
    var pinHash: [UInt8]?
    var memberID = ""
  }

  private func newCard(withPIN: Bool) -> NewCard {
    let number = CardNumber(random: environment.random.bytes(CardNumber.randomBytes))
    let pin = withPIN ? CardPIN(random: environment.random.bytes(CardPIN.randomBytes)).digits : ""
    return newCard(number, pin: pin, accountID: environment.ids.next("sva"))
  }

  private func newCard(_ number: CardNumber, pin: String, accountID: String, memberID: String = "") -> NewCard {
    NewCard(accountID: accountID, number: number, pin: pin, pinHash: optionalPINHash(pin, of: accountID), memberID: memberID)
  }

  private func insert(
    _ card: NewCard, of policy: ValuePolicy, state: ValueAccount.State, until expiry: Date, at now: Date, _ transaction: Transaction
  ) throws {
    let account = ValueAccount(
      accountID: card.accountID, kind: .giftCard, state: state, memberID: card.memberID, jurisdiction: policy.jurisdiction,
      currencyCode: policy.currencyCode, numberLastFour: card.number.lastFour, hasPIN: card.pinHash != nil, pinTries: 0, parts: .nothing,
      held: .nothing, expiresAt: expiry, lastNumber: 0, createdAt: now)
    guard try ValueAccountStore.insert(account, numberHash: numberHash(card.number.text), pinHash: card.pinHash, transaction) else {
      throw LedgerFault("a card's number was drawn twice")
    }
  }

  private static func issued(_ accountIDs: [String], _ transaction: Transaction) throws -> LoyaltyV1.IssueGiftCardsResponse {
    LoyaltyV1.IssueGiftCardsResponse(
      cards: try accountIDs.map { accountID in
        let account = try ValueAccountStore.find(accountID, transaction)
        return LoyaltyV1.IssuedGiftCard(accountID: accountID, numberLastFour: account?.numberLastFour ?? "")
      })
  }

  // MARK: Rows of an import

  private struct ImportRow: Sendable {
    var number: CardNumber
    /// Empty for none.
    var pin: String
    var memberID: String
    var parts: ValueParts
    /// Nil leaves it to the policy.
    var lastDay: CivilDay?

    func expiry(from instant: Date, by policy: ValuePolicy) -> Date {
      lastDay.map { policy.calendar.expiry(afterDay: $0) } ?? policy.cardExpiry(activatedAt: instant, isNamed: !memberID.isEmpty)
    }
  }

  private func readRows(_ messages: [LoyaltyV1.GiftCardImport], _ errors: inout FieldErrors) -> [ImportRow] {
    let most = StoredValueLimits.maximumCardsPerRequest
    guard errors.require((1...most).contains(messages.count), "cards", "must be 1 to \(most)") else { return [] }
    errors.require(Set(messages.map(\.number)).count == messages.count, "cards", "each number once")
    return messages.enumerated().compactMap { index, message in
      let field = "cards[\(index)]"
      errors.require(message.pin.isEmpty || CardPIN(message.pin) != nil, "\(field).pin", "must be 4 to 8 digits, or empty")
      errors.require(optionalText: message.memberID, "\(field).member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
      let lastDay = message.endDate.flatMap(StoredValueReading.day)
      errors.require(message.endDate == nil || lastDay != nil, "\(field).end_date", "must be a day from 1970 to 9999")
      let parts = StoredValueReading.parts(message.principal, message.bonus, from: 0, "\(field).", &errors)
      guard let number = CardNumber(message.number) else {
        errors.add("\(field).number", "must be 8 to 32 letters and digits")
        return nil
      }
      return ImportRow(number: number, pin: message.pin, memberID: message.memberID, parts: parts, lastDay: lastDay)
    }
  }

  private func takeOver(
    _ row: ImportRow, as card: NewCard, by policy: ValuePolicy, origin: LedgerOrigin, at now: Date, ids: inout MovementIDs,
    _ transaction: Transaction
  ) throws -> LoyaltyV1.GiftCardImportResult {
    let lastFour = row.number.lastFour
    if let known = try ValueAccountStore.find(numberHash: numberHash(row.number.text), transaction) {
      // Another import may have made it since it was looked up.
      let hash = known.accountID == card.accountID ? card.pinHash : optionalPINHash(row.pin, of: known.accountID)
      let imported = try ValueLedgerStore.importLine(of: known.accountID, transaction)
      guard known.memberID == row.memberID, imported.map(\.parts) ?? .nothing == row.parts,
        known.expiresAt == row.expiry(from: known.createdAt, by: policy), try ValueAccountStore.hasPIN(hash, known, transaction)
      else { return LoyaltyV1.GiftCardImportResult(numberLastFour: lastFour, refusal: "CARD_EXISTS") }
      return LoyaltyV1.GiftCardImportResult(accountID: known.accountID, numberLastFour: lastFour, unchanged: true)
    }
    let most = policy.maximumBalance(isNamed: !row.memberID.isEmpty)
    guard most == 0 || row.parts.principal <= most else {
      return LoyaltyV1.GiftCardImportResult(numberLastFour: lastFour, refusal: "BALANCE_LIMIT")
    }
    let expiry = row.expiry(from: now, by: policy)
    guard expiry > now else { return LoyaltyV1.GiftCardImportResult(numberLastFour: lastFour, refusal: "CARD_EXPIRED") }
    try insert(card, of: policy, state: .active, until: expiry, at: now, transaction)
    var ledger = try AccountLedger.open(card.accountID, at: now, ids: ids, transaction)
    try ledger.takeOver(row.parts, origin: origin)
    ids = ledger.ids
    return LoyaltyV1.GiftCardImportResult(accountID: card.accountID, numberLastFour: lastFour)
  }
}
