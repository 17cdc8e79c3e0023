import PatronAPI
import ServiceKit

/// Stored value on the demo day, beside the published data: wallets that are topped up before the doors open, and gift cards that came from the
/// system before. Who has what is chosen by a seed, and is the same in every run.
enum DemoStoredValue {
  static let seed: UInt64 = 20_171_225
  static let jurisdiction = "US"
  /// Charge 50, get 4.
  static let packages: [(charge: Int64, bonus: Int64)] = [(2_500, 100), (5_000, 400), (10_000, 1_000)]
  /// One household in so many tops up, and one basket in so many of the others' is given a card.
  private static let householdsPerWallet = 5
  private static let basketsPerCard = 12

  struct TopUp: Sendable {
    let householdNumber: String
    let storeNumber: String
    let amount: Int64

    var bonus: Int64 { packages.last { $0.charge <= amount }?.bonus ?? 0 }
  }

  /// A card that one basket is paid with; every second one has a PIN.
  struct GiftCard: Sendable {
    let basketNumber: String
    let storeNumber: String
    let number: String
    let pin: String
    let principal: Int64
  }

  struct Plan: Sendable {
    var topUps: [TopUp] = []
    var giftCards: [GiftCard] = []
  }

  static func plan(_ day: GroceryDay) -> Plan {
    var random = SplitMix64(seed: seed)
    let baskets = day.baskets.sorted { $0.number < $1.number }
    let storeOfHousehold = Dictionary(baskets.map { ($0.householdNumber, $0.storeNumber) }, uniquingKeysWith: { first, _ in first })
    let households = storeOfHousehold.keys.sorted().shuffled(using: &random)
    let topUps = households.prefix(households.count / householdsPerWallet).map { household in
      TopUp(
        householdNumber: household, storeNumber: storeOfHousehold[household]!,
        amount: packages[Int.random(in: 0..<packages.count, using: &random)].charge)
    }
    let withWallet = Set(topUps.map(\.householdNumber))
    let others = baskets.filter { !withWallet.contains($0.householdNumber) }.shuffled(using: &random)
    let giftCards = others.prefix(others.count / basketsPerCard).enumerated().map { index, basket in
      GiftCard(
        basketNumber: basket.number, storeNumber: basket.storeNumber, number: "DEMOCARD\(1_000 + index)",
        pin: index.isMultiple(of: 2) ? "" : "\(4_000 + index)", principal: Int64.random(in: 5...40, using: &random) * 100)
    }
    return Plan(topUps: topUps, giftCards: giftCards)
  }
}

extension DemoSetup {
  private static let cardsOfOneImport = 100

  /// Wallets with their top-ups, and the cards of the system before.
  func bringStoredValue(_ result: inout Result) async throws {
    let plan = DemoStoredValue.plan(day)
    result.storedValue = plan
    _ = try await api.storedValue.publishBonusScheme(
      LoyaltyV1.PublishBonusSchemeRequest(
        requestID: "demo-bonus-scheme",
        scheme: LoyaltyV1.BonusScheme(
          jurisdiction: DemoStoredValue.jurisdiction,
          packages: DemoStoredValue.packages.map { LoyaltyV1.BonusPackage(chargeMinorUnits: $0.charge, bonusMinorUnits: $0.bonus) })),
      options: api.options)
    let (api, memberIDs, storeIDs) = (api, result.memberIDs, result.storeIDs)
    let progress = Progress("wallets topped up", total: plan.topUps.count)
    let wallets = try await plan.topUps.concurrently(Self.concurrentCalls) { topUp in
      let opened = try await api.storedValue.openWallet(
        LoyaltyV1.OpenWalletRequest(
          requestID: "demo-wallet-\(topUp.householdNumber)", memberID: memberIDs[topUp.householdNumber]!,
          jurisdiction: DemoStoredValue.jurisdiction), options: api.options)
      let accountID = opened.account?.accountID ?? ""
      _ = try await api.storedValue.topUp(
        LoyaltyV1.TopUpRequest(
          requestID: "demo-top-up-\(topUp.householdNumber)", reference: "demo-\(topUp.householdNumber)",
          account: LoyaltyV1.StoredValueAccountKey(key: .accountID(accountID)), storeID: storeIDs[topUp.storeNumber]!,
          amount: TypeV1.Money(currencyCode: DemoStores.currencyCode, minorUnits: topUp.amount),
          payment: LoyaltyV1.StoredValuePayment(kind: .cash), expectedBonus: topUp.bonus), options: api.options)
      progress.advance()
      return (topUp.householdNumber, accountID)
    }
    for (household, accountID) in wallets { result.walletIDs[household] = accountID }
    progress.finish()
    try await importGiftCards(plan.giftCards, storeIDs)
    for card in plan.giftCards { result.giftCards[card.basketNumber] = card }
  }

  private func importGiftCards(_ cards: [DemoStoredValue.GiftCard], _ storeIDs: [String: String]) async throws {
    for (storeNumber, cards) in Dictionary(grouping: cards, by: \.storeNumber).sorted(by: { $0.key < $1.key }) {
      for (index, batch) in cards.batches(of: Self.cardsOfOneImport).enumerated() {
        _ = try await api.storedValue.importGiftCards(
          LoyaltyV1.ImportGiftCardsRequest(
            requestID: "demo-cards-\(storeNumber)-\(index)", jurisdiction: DemoStoredValue.jurisdiction, storeID: storeIDs[storeNumber]!,
            cards: batch.map { LoyaltyV1.GiftCardImport(number: $0.number, pin: $0.pin, principal: $0.principal) }), options: api.options)
      }
    }
  }
}
