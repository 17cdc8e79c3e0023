import Testing

@testable import Gateway

@Suite struct TenderRulesTests {
  private let terms = TenderRules.Terms(currencyCode: "USD", minorUnitsPerPoint: 5, hasMember: true, amountDue: 1_000)

  private func tender(
    _ kind: Tender.Kind, _ amount: Int64, tendered: Int64? = nil, points: Int64 = 0, currency: String = "USD"
  ) -> Tender {
    Tender(
      kind: kind, amount: Money(currencyCode: currency, minorUnits: amount), tendered: tendered.map(Money.usd), externalReference: "",
      points: points)
  }

  private func refusal(_ tenders: [Tender], _ terms: TenderRules.Terms? = nil) -> TenderRefusal? {
    do throws(TenderRefusal) {
      let accepted = try TenderRules.accept(tenders, at: "tenders", terms: terms ?? self.terms)
      try TenderRules.requireSum(of: accepted, toBe: (terms ?? self.terms).amountDue)
      return nil
    } catch {
      return error
    }
  }

  @Test func tendersThatSumToTheAmountDueAreAcceptedAndCashGivesChange() throws {
    let tenders = [tender(.points, 250, points: 50), tender(.card, 500), tender(.cash, 250, tendered: 300)]
    #expect(refusal(tenders) == nil)
    let accepted = try TenderRules.accept(tenders, at: "tenders", terms: terms)
    #expect(TenderRules.change(of: accepted) == 50)
    #expect(accepted[2].cash?.tendered == 300)
  }

  @Test func tendersThatFallShortOrGoOverAreToldByHowMuch() {
    #expect(refusal([tender(.cash, 999)]) == .short(missing: 1))
    #expect(refusal([]) == .short(missing: 1_000))
    #expect(refusal([tender(.card, 600), tender(.card, 401)]) == .over(excess: 1))
    #expect(refusal(Array(repeating: tender(.card, Amounts.largest), count: 32)) == .over(excess: Amounts.largest))
  }

  @Test func anAmountDueOfNothingNeedsNoTender() {
    var free = terms
    free.amountDue = 0
    #expect(refusal([], free) == nil)
    #expect(refusal([tender(.cash, 0)], free) == nil)
    #expect(refusal([tender(.cash, 1)], free) == .over(excess: 1))
  }

  @Test func pointsPayExactlyTheirRate() {
    // odoo#219640 multiplied in floating point and took more points than shown; erpnext#31509 could not pay the odd cents.
    #expect(refusal([tender(.points, 1_000, points: 200)]) == nil)
    #expect(
      refusal([tender(.points, 1_000, points: 199)]) == .pointsAmountMismatch(points: 199, expected: 995, found: 1_000))
    #expect(refusal([tender(.points, 1_000, points: .max)]) == .pointsAmountMismatch(points: .max, expected: .max, found: 1_000))
    var stranger = terms
    stranger.hasMember = false
    #expect(refusal([tender(.points, 1_000, points: 200)], stranger) == .pointsNeedMember)
    var worthless = terms
    worthless.minorUnitsPerPoint = 0
    #expect(refusal([tender(.points, 1_000, points: 200)], worthless) == .pointsNotAccepted)
  }

  @Test(
    "A tender that is wrong in itself names its field",
    arguments: [
      (Tender.Kind.cash, 0, nil, 0, "amount"), (.cash, -5, nil, 0, "amount"), (.cash, .max, nil, 0, "amount"),
      (.cash, 1_000, 999, 0, "tendered"), (.card, 1_000, 1_000, 0, "tendered"), (.card, 1_000, nil, 3, "points"),
      (.points, 1_000, nil, 0, "points"), (.points, 1_000, nil, -1, "points"), (.unknown, 1_000, nil, 0, "kind"),
    ] as [(Tender.Kind, Int64, Int64?, Int64, String)])
  func fields(kind: Tender.Kind, amount: Int64, tendered: Int64?, points: Int64, field: String) {
    guard case .fields(let violations) = refusal([tender(kind, amount, tendered: tendered, points: points)]) else {
      Issue.record("no field was refused")
      return
    }
    #expect(violations.map(\.field).contains("tenders[0].\(field)"))
  }

  @Test func twoPointsTendersAndForeignMoneyAreRefused() {
    let half = tender(.points, 500, points: 100)
    #expect(refusal([half, half]) == .fields([FieldViolation(field: "tenders", description: "at most one POINTS tender")]))
    #expect(refusal([tender(.cash, 1_000, currency: "EUR")]) == .currencyMismatch(field: "tenders[0].amount", found: "EUR"))
  }

  @Test func storedValueNamesItsAccountOnceAndNothingElseHasACardNumber() throws {
    var wallet = tender(.storedValue, 500)
    let nameless = FieldViolation(field: "tenders[0]", description: "must name its account by external_reference or by card_number")
    #expect(refusal([wallet]) == .fields([nameless]))
    wallet.externalReference = "sva_1"
    let accepted = try TenderRules.accept([wallet, wallet], at: "tenders", terms: terms)
    #expect(throws: TenderRefusal.self) { try TenderRules.requireDistinctAccounts(accepted, at: "tenders") }
    wallet.cardNumber = "8000000000000000003"
    #expect(refusal([wallet]) == .fields([nameless]))
    var cash = tender(.cash, 1_000)
    cash.pin = "1234"
    #expect(
      refusal([cash])
        == .fields([FieldViolation(field: "tenders[0].card_number", description: "card_number and pin are for STORED_VALUE only")]))
  }

  @Test func beginHoldsPointsAndStoredValueOnlyAndNoMoreThanIsDue() throws {
    let points = try TenderRules.accept([tender(.points, 1_000, points: 200)], at: "held_tenders", terms: terms)
    try TenderRules.requireHeld(points, at: "held_tenders", within: 1_000)
    #expect(throws: TenderRefusal.over(excess: 1)) { try TenderRules.requireHeld(points, at: "held_tenders", within: 999) }
    let cash = try TenderRules.accept([tender(.cash, 1_000)], at: "held_tenders", terms: terms)
    #expect(throws: TenderRefusal.self) { try TenderRules.requireHeld(cash, at: "held_tenders", within: 1_000) }
  }
}
