import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// The words that the tests of stored value are written in, beside those of `LoyaltyRig`.
extension LoyaltyRig {
  var value: LoyaltyV1.StoredValueServiceClient { LoyaltyV1.StoredValueServiceClient(channel: service.channel) }

  func wallet(_ member: String = "mem_a", in jurisdiction: String = "US") async throws -> String {
    let reply = try await value.openWallet(
      LoyaltyV1.OpenWalletRequest(requestID: freshID(), memberID: member, jurisdiction: jurisdiction))
    return try #require(reply.account).accountID
  }

  func topUpRequest(
    _ account: String, _ amount: Int64, currency: String = "USD", store: String = "sto_1", reference: String? = nil,
    requestID: String? = nil
  ) -> LoyaltyV1.TopUpRequest {
    LoyaltyV1.TopUpRequest(
      requestID: requestID ?? freshID(), reference: reference ?? freshID(),
      account: LoyaltyV1.StoredValueAccountKey(key: .accountID(account)),
      storeID: store, amount: TypeV1.Money(amount, currency),
      payment: LoyaltyV1.StoredValuePayment(kind: .card, externalReference: "terminal-1"))
  }

  @discardableResult
  func topUp(_ account: String, _ amount: Int64, currency: String = "USD", store: String = "sto_1") async throws -> LoyaltyV1.TopUpResponse
  {
    try await value.topUp(topUpRequest(account, amount, currency: currency, store: store))
  }

  func issue(_ count: Int32 = 1, withPIN: Bool = false, in jurisdiction: String = "US") async throws -> [LoyaltyV1.IssuedGiftCard] {
    let cards = try await value.issueGiftCards(
      LoyaltyV1.IssueGiftCardsRequest(
        requestID: freshID(), reference: freshID(), jurisdiction: jurisdiction, count: count, withPin: withPIN)
    ).cards
    cardNumbers.withLock { numbers in
      for card in cards { numbers[card.accountID] = card.number }
    }
    return cards
  }

  /// A card that was sold for `amount`.
  func card(
    _ amount: Int64, withPIN: Bool = false, member: String = "", in jurisdiction: String = "US", currency: String = "USD",
    store: String = "sto_1"
  ) async throws -> LoyaltyV1.IssuedGiftCard {
    let card = try #require(try await issue(withPIN: withPIN, in: jurisdiction).first)
    try await activate(card, amount, member: member, currency: currency, store: store)
    return card
  }

  @discardableResult
  func activate(
    _ card: LoyaltyV1.IssuedGiftCard, _ amount: Int64, member: String = "", currency: String = "USD", store: String = "sto_1",
    reference: String? = nil
  ) async throws -> LoyaltyV1.ActivateGiftCardResponse {
    try await value.activateGiftCard(
      LoyaltyV1.ActivateGiftCardRequest(
        requestID: freshID(), reference: reference ?? freshID(), account: LoyaltyV1.StoredValueAccountKey(key: .cardNumber(card.number)),
        storeID: store, amount: TypeV1.Money(amount, currency), payment: LoyaltyV1.StoredValuePayment(kind: .cash), memberID: member))
  }

  /// Bonus packages, by charge and bonus.
  func publishBonus(_ packages: [(Int64, Int64)], in jurisdiction: String = "US") async throws {
    _ = try await value.publishBonusScheme(
      LoyaltyV1.PublishBonusSchemeRequest(
        requestID: freshID(),
        scheme: LoyaltyV1.BonusScheme(
          jurisdiction: jurisdiction, packages: packages.map { LoyaltyV1.BonusPackage(chargeMinorUnits: $0.0, bonusMinorUnits: $0.1) })))
  }

  /// A policy without limits, with changes.
  @discardableResult
  func publishPolicy(
    _ jurisdiction: String = "XX", currency: String = "USD", zone: String = "UTC",
    _ change: (inout LoyaltyV1.StoredValuePolicy) -> Void = { _ in }
  ) async throws -> LoyaltyV1.StoredValuePolicy {
    var policy = LoyaltyV1.StoredValuePolicy(
      jurisdiction: jurisdiction, currencyCode: currency, timeZone: zone, spendOrder: .principalFirst, pinTries: 5)
    change(&policy)
    let reply = try await value.publishStoredValuePolicy(
      LoyaltyV1.PublishStoredValuePolicyRequest(requestID: freshID(), policy: policy))
    return try #require(reply.policy)
  }

  // MARK: The saga

  /// The right to spend from a card without a PIN, whose number a till has scanned; empty for what is no card of the rig.
  func authorization(_ accountID: String) async throws -> String {
    guard let number = cardNumbers.withLock({ $0[accountID] }) else { return "" }
    return try await value.authorizeSpend(
      LoyaltyV1.AuthorizeSpendRequest(requestID: freshID(), account: LoyaltyV1.StoredValueAccountKey(key: .cardNumber(number)))
    ).authorizationID
  }

  /// The request of a till that has scanned each card.
  func scanned(_ request: LoyaltyV1.HoldRequest) async throws -> LoyaltyV1.HoldRequest {
    var request = request
    for index in request.storedValue.indices {
      request.storedValue[index].authorizationID = try await authorization(request.storedValue[index].accountID)
    }
    return request
  }

  /// An order of nobody's that stored value pays.
  func valueHoldRequest(
    _ order: String, _ payments: [(String, Int64)], member: String = "", currency: String = "USD", store: String = "sto_1",
    authorization: String = "", requestID: String? = nil
  ) -> LoyaltyV1.HoldRequest {
    LoyaltyV1.HoldRequest(
      requestID: requestID ?? freshID(), orderID: order, memberID: member, storeID: store, clientID: "local-development",
      currencyCode: currency, occurredTime: GoogleProtobuf.Timestamp(now),
      storedValue: payments.map {
        LoyaltyV1.StoredValueSpend(accountID: $0.0, amount: TypeV1.Money($0.1, currency), authorizationID: authorization)
      })
  }

  func holdValue(_ order: String, _ payments: [(String, Int64)], member: String = "", store: String = "sto_1") async throws {
    _ = try await holds.hold(try await scanned(valueHoldRequest(order, payments, member: member, store: store)))
  }

  /// Hold and commit.
  @discardableResult
  func sellForValue(
    _ order: String, _ payments: [(String, Int64)], member: String = "", store: String = "sto_1"
  ) async throws -> LoyaltyV1.CommitResponse {
    try await holdValue(order, payments, member: member, store: store)
    return try await commit(order)
  }

  @discardableResult
  func giveBack(
    _ returnID: String, of order: String, _ refunds: [(String, Int64)], requestID: String? = nil, currency: String = "USD"
  ) async throws -> LoyaltyV1.ReverseResponse {
    try await holds.reverse(
      LoyaltyV1.ReverseRequest(
        requestID: requestID ?? freshID(), orderID: order, returnID: returnID, refundedBefore: 0, refundedAfter: 0, refundedTotal: 100,
        storedValue: refunds.map { LoyaltyV1.StoredValueRefund(accountID: $0.0, amount: TypeV1.Money($0.1, currency)) }))
  }

  // MARK: Looking

  func account(_ accountID: String) async throws -> LoyaltyV1.StoredValueAccount {
    try #require(
      try await value.getStoredValueAccount(
        LoyaltyV1.GetStoredValueAccountRequest(account: LoyaltyV1.StoredValueAccountKey(key: .accountID(accountID)))
      ).account)
  }

  /// Principal and bonus that may be spent.
  func spendable(_ accountID: String) async throws -> ValueParts {
    let account = try await account(accountID)
    return ValueParts(principal: account.spendablePrincipal, bonus: account.spendableBonus)
  }

  func valueEntries(_ accountID: String) async throws -> [LoyaltyV1.StoredValueEntry] {
    try await value.listStoredValueEntries(
      LoyaltyV1.ListStoredValueEntriesRequest(accountID: accountID, pageSize: 500)
    ).entries
  }

  func valueSums(_ currency: String = "USD") async throws -> LoyaltyV1.StoredValueSums {
    try await verify().storedValue.first { $0.currencyCode == currency } ?? LoyaltyV1.StoredValueSums()
  }
}

extension Refused {
  static let insufficientValue = Refused(code: .failedPrecondition, reason: "INSUFFICIENT_STORED_VALUE")
}
