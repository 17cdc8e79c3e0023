import PatronAPI

/// Holds what the system recorded against what the file says, to the cent. What was recorded is read back through the gateway: nothing is
/// taken from the requests that the demo sent. Only which baskets were refused, and the tiers that members rose to, stand in the replies.
struct DemoReconciliation {
  struct Check: Sendable {
    let name: String
    let expected: String
    let found: String
    var holds: Bool { expected == found }
  }

  let day: GroceryDay
  let setup: DemoSetup.Result
  let sales: [DemoSale]
  let reading: DemoReading

  private var orders: [InventoryV1.Order] { reading.orders }

  func checks() -> [Check] {
    columnChecks() + moneyChecks() + pointsChecks() + storedValueChecks() + stockChecks() + discountChecks() + [tierCheck()] + grantChecks()
  }

  // MARK: Sales against the file

  private func columnChecks() -> [Check] {
    var recorded = GroceryDay.Totals()
    for order in orders where isOfTheDay(order) {
      recorded.baskets += 1
      recorded.lines += order.lines.count
      for line in order.lines {
        let loyalty = tillDiscount(line, .loyalty)
        let match = tillDiscount(line, .retailerMatch)
        recorded.sales += (line.listAmount?.minorUnits ?? 0) - loyalty - match
        recorded.loyaltyDiscount += loyalty
        recorded.retailerMatch += match
        recorded.manufacturerCoupon += tillDiscount(line, .manufacturerCoupon)
      }
    }
    for sale in sales where sale.receipt == nil { recorded.add(sale.basket) }
    let file = day.totals
    return [
      Check(name: "baskets, accepted and refused", expected: "\(file.baskets)", found: "\(recorded.baskets)"),
      Check(name: "lines", expected: "\(file.lines)", found: "\(recorded.lines)"),
      Check(name: "sales_value", expected: dollars(file.sales), found: dollars(recorded.sales)),
      Check(name: "retail_disc", expected: dollars(file.loyaltyDiscount), found: dollars(recorded.loyaltyDiscount)),
      Check(name: "coupon_disc", expected: dollars(file.manufacturerCoupon), found: dollars(recorded.manufacturerCoupon)),
      Check(name: "coupon_match_disc", expected: dollars(file.retailerMatch), found: dollars(recorded.retailerMatch)),
    ]
  }

  private func moneyChecks() -> [Check] {
    let ofTheDay = orders.filter(isOfTheDay)
    let acceptedFile = sales.filter { $0.receipt != nil }.flatMap(\.basket.lines).reduce(0) { $0 + $1.customerPays }
    let discounts = ofTheDay.reduce(0) { $0 + ($1.totals?.discountAmount?.minorUnits ?? 0) }
    let due = ofTheDay.reduce(0) { $0 + ($1.totals?.amountDue?.minorUnits ?? 0) }
    let tendered = ofTheDay.flatMap(\.tenders).reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }
    let refunded = ofTheDay.flatMap(\.returns).reduce(0) { $0 + ($1.refundAmount?.minorUnits ?? 0) }
    let paidBack = ofTheDay.flatMap(\.returns).flatMap(\.refunds).reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }
    return [
      Check(
        name: "amount due = the customers' amounts − Patron's discounts", expected: dollars(acceptedFile - discounts), found: dollars(due)),
      Check(name: "tenders = amount due", expected: dollars(due), found: dollars(tendered)),
      Check(name: "refunds by tender = refunds", expected: dollars(refunded), found: dollars(paidBack)),
    ]
  }

  // MARK: Ledgers against orders

  private func pointsChecks() -> [Check] {
    let ledger = reading.loyalty
    let earned = orders.reduce(0) { $0 + $1.pointsEarned }
    let spent = orders.reduce(0) { $0 + $1.pointsSpent }
    let takenBack = orders.flatMap(\.returns).reduce(0) { $0 + $1.pointsTakenBack }
    let givenBack = orders.flatMap(\.returns).reduce(0) { $0 + $1.pointsGivenBack }
    return [
      Check(name: "points earned: orders against the ledger", expected: "\(earned)", found: "\(ledger.pointsEarned)"),
      Check(name: "points spent: orders against the ledger", expected: "\(spent)", found: "\(ledger.pointsSpent)"),
      Check(name: "points taken back: returns against the ledger", expected: "\(takenBack)", found: "\(ledger.pointsTakenBack)"),
      Check(name: "points given back: returns against the ledger", expected: "\(givenBack)", found: "\(ledger.pointsGivenBack)"),
      reportCheck(ledger),
      Check(name: "points that tobacco earned", expected: "0", found: "\(pointsOfTobacco)"),
    ]
  }

  /// The report by tiers comes to what `Verify` adds up.
  private func reportCheck(_ ledger: LoyaltyV1.VerifyResponse) -> Check {
    let outstanding =
      ledger.pointsEarned + ledger.pointsAwarded - ledger.pointsSpent - ledger.pointsTakenBack + ledger.pointsGivenBack
      + ledger.pointsAdjusted - ledger.pointsExpired
    return Check(
      name: "points outstanding: the report by tiers against the ledger", expected: "\(outstanding)",
      found: "\(reading.pointsByTier.reduce(0) { $0 + $1.closingPoints })")
  }

  private var pointsOfTobacco: Int64 {
    let tobacco = Set(day.products.filter { $0.category == DemoEarnRule.tobacco }.compactMap { setup.productIDs[$0.number] })
    return orders.flatMap(\.lines).filter { tobacco.contains($0.productID) }.reduce(0) { $0 + $1.pointsEarned }
  }

  /// What was sold is what the demo sold; what the orders say is what the ledger says; and what is left is owed, to the cent.
  private func storedValueChecks() -> [Check] {
    let ledger = reading.loyalty.storedValue.first { $0.currencyCode == DemoStores.currencyCode } ?? LoyaltyV1.StoredValueSums()
    let plan = setup.storedValue
    let paid = orders.flatMap(\.tenders).filter { $0.kind == .storedValue }.reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }
    let returned = orders.flatMap(\.returns).flatMap(\.refunds).filter { $0.kind == .storedValue }
    let givenBack = returned.reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }
    let spent = ledger.spentPrincipal + ledger.spentBonus
    let ledgerGivenBack = ledger.givenBackPrincipal + ledger.givenBackBonus
    let brought = plan.topUps.reduce(0) { $0 + $1.amount + $1.bonus } + plan.giftCards.reduce(0) { $0 + $1.principal }
    let outstanding = ledger.outstandingPrincipal + ledger.outstandingBonus
    return [
      Check(
        name: "stored value sold: top-ups, bonus and cards against the ledger", expected: dollars(brought),
        found: dollars(ledger.loadedPrincipal + ledger.loadedBonus + ledger.importedPrincipal + ledger.importedBonus)),
      Check(name: "stored value spent: orders against the ledger", expected: dollars(paid), found: dollars(spent)),
      Check(name: "stored value given back: returns against the ledger", expected: dollars(givenBack), found: dollars(ledgerGivenBack)),
      Check(
        name: "stored value left = sold − spent + given back", expected: dollars(brought - paid + givenBack), found: dollars(outstanding)),
      Check(
        name: "liability by store = what the ledger has outstanding", expected: dollars(outstanding),
        found: dollars(reading.liability.reduce(0) { $0 + $1.principal + $1.bonus })),
      Check(
        name: "settlement between stores = spent − given back", expected: dollars(spent - ledgerGivenBack),
        found: dollars(reading.settlement.reduce(0) { $0 + $1.principal + $1.bonus })),
    ]
  }

  /// Every shelf: what came in, less what was sold, plus what came back; and nothing held any more.
  private func stockChecks() -> [Check] {
    var expected: [Shelf: Int64] = [:]
    for (key, quantity) in setup.receivedStock {
      expected[Shelf(storeID: setup.storeIDs[key.storeNumber]!, productID: setup.productIDs[key.productNumber]!), default: 0] += quantity
    }
    for order in orders {
      var returned: [Int32: Int64] = [:]
      for line in order.returns.filter({ $0.state == .returned }).flatMap(\.lines) {
        returned[line.lineNumber, default: 0] += line.quantity
      }
      for line in order.lines where line.kind != .adjustment {
        expected[Shelf(storeID: order.storeID, productID: line.productID), default: 0] -= line.quantity - (returned[line.lineNumber] ?? 0)
      }
    }
    var differing = 0
    var held: Int64 = 0
    for level in reading.stockLevels {
      held += level.held
      let shelf = Shelf(storeID: level.storeID, productID: level.productID)
      if expected.removeValue(forKey: shelf) ?? 0 != level.onHand { differing += 1 }
    }
    differing += expected.values.filter { $0 != 0 }.count
    return [
      Check(name: "shelves whose stock is not received − sold + returned", expected: "0", found: "\(differing)"),
      Check(name: "stock still held", expected: "0", found: "\(held)"),
    ]
  }

  private func discountChecks() -> [Check] {
    let ledger = reading.campaign
    let given = orders.reduce(0) { $0 + ($1.totals?.discountAmount?.minorUnits ?? 0) }
    return [
      Check(
        name: "Patron's discounts: orders against campaign's ledger", expected: dollars(given), found: dollars(ledger.discountedMinorUnits))
    ]
  }

  private struct Shelf: Hashable {
    let storeID: String
    let productID: String
  }

  /// A tier is reached by a receipt that says so.
  private func tierCheck() -> Check {
    let reached = Set(sales.compactMap(\.receipt).filter { !$0.previousTierCode.isEmpty }.compactMap { $0.balance?.tierCode })
    let above = DemoSetup.tiers.map(\.code).dropFirst()
    return Check(
      name: "tiers reached during the day", expected: above.joined(separator: ", "),
      found: above.filter(reached.contains).joined(separator: ", "))
  }

  /// Who was given a tier has it, by that grant, and what is missing to the next is told.
  private func grantChecks() -> [Check] {
    guard let standing = reading.grantedTier else { return [] }
    let spent = DemoSetup.tiers.last.map { $0.threshold - (standing.measured?.growthValue ?? 0) } ?? 0
    return [
      Check(
        name: "the tier that was granted, and what is missing to the next",
        expected: "\(DemoTierGrant.tierCode) by grant (a year of gold to try); \(dollars(spent)) to DIAMOND",
        found: DemoTierGrant.line(standing))
    ]
  }

  private func isOfTheDay(_ order: InventoryV1.Order) -> Bool { order.externalReference.hasPrefix("demo-basket-") }

  private func tillDiscount(_ line: InventoryV1.OrderLine, _ kind: TypeV1.TillDiscountKind) -> Int64 {
    line.tillDiscounts.reduce(0) { $1.kind == kind ? $0 + ($1.amount?.minorUnits ?? 0) : $0 }
  }
}

/// 1234 is "12.34", −5 is "-0.05".
func dollars(_ cents: Int64) -> String {
  let magnitude = cents.magnitude
  let fraction = magnitude % 100
  return "\(cents < 0 ? "-" : "")\(magnitude / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}
