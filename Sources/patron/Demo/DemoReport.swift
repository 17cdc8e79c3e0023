import PatronAPI

/// What happened on the day, for a person at a terminal.
struct DemoReport {
  let day: GroceryDay
  let setup: DemoSetup.Result
  let sales: [DemoSale]
  let returns: [DemoReturns.Outcome]

  private static let barWidth = 40
  private static let barRows = 12
  private static let receiptsInFull = 3

  private var receipts: [GatewayV1.Receipt] { sales.compactMap(\.receipt) }

  /// A few receipts in full, and where the money was taken.
  func printDay() {
    printReceipts()
    printBars("Sales by store, the \(Self.barRows) largest of \(setup.storeIDs.count)", salesByStore())
    printBars("Sales by department, the \(Self.barRows) largest", salesByDepartment())
    print("")
  }

  func printSums() {
    printLoyalty()
    printStoredValue()
    printOffers()
    printReturns()
    printRefusals()
  }

  // MARK: Receipts

  /// One with a coupon, one with points, one with a manufacturer's coupon where the day has them; else the first ones.
  private func printReceipts() {
    let wanted: [(GatewayV1.Receipt) -> Bool] = [
      { $0.order!.lines.contains { line in line.discounts.contains { !$0.couponID.isEmpty } } },
      { $0.order!.pointsSpent > 0 },
      { $0.order!.lines.contains { line in line.tillDiscounts.contains { $0.kind == .manufacturerCoupon } } },
    ]
    var chosen: [GatewayV1.Receipt] = []
    for condition in wanted {
      let candidates = receipts.filter { receipt in
        (4...9).contains(receipt.order!.lines.count) && !chosen.contains { $0.order!.orderID == receipt.order!.orderID }
      }
      if let receipt = candidates.first(where: condition) ?? candidates.first { chosen.append(receipt) }
    }
    for receipt in chosen.prefix(Self.receiptsInFull) { printReceipt(receipt) }
  }

  private func printReceipt(_ receipt: GatewayV1.Receipt) {
    let order = receipt.order!
    let storeNumber = setup.storeIDs.first { $0.value == order.storeID }?.key ?? order.storeID
    print("\n── Store \(storeNumber) · \(order.tillID) · \(order.orderID)")
    for line in order.lines {
      printAmount("  \(line.kind == .adjustment ? "   " : padLeft("\(line.quantity)", 3)) \(line.name)", line.listAmount)
      for discount in line.tillDiscounts { printAmount("        \(label(discount.kind))", discount.amount, sign: -1) }
      for discount in line.discounts { printAmount("        \(discount.name)", discount.amountMinorUnits, sign: -1) }
    }
    printAmount("  DUE", order.totals?.amountDue)
    for tender in order.tenders {
      let points = tender.kind == .points ? " (\(tender.points) points)" : ""
      printAmount("  paid by \(label(tender.kind))\(points)", tender.amount)
    }
    if let change = receipt.change, change.minorUnits > 0 { printAmount("  change", change) }
    if let balance = receipt.balance {
      print("  \(order.pointsEarned) points earned, \(balance.spendablePoints) to spend; tier \(balance.tierCode)")
    }
  }

  private func printAmount(_ text: String, _ money: TypeV1.Money?, sign: Int64 = 1) {
    printAmount(text, money?.minorUnits ?? 0, sign: sign)
  }

  private func printAmount(_ text: String, _ cents: Int64, sign: Int64 = 1) {
    print(padRight(text, 52) + padLeft(dollars(cents * sign), 10))
  }

  private func label(_ kind: TypeV1.TillDiscountKind) -> String {
    switch kind {
    case .loyalty: "card price"
    case .manufacturerCoupon: "manufacturer's coupon"
    case .retailerMatch: "coupon match"
    case .other, .unspecified, .unrecognized: "discount"
    }
  }

  private func label(_ kind: TypeV1.TenderKind) -> String {
    switch kind {
    case .cash: "cash"
    case .card: "card"
    case .points: "points"
    case .storedValue: "stored value"
    case .voucher: "voucher"
    case .unspecified, .unrecognized: "tender"
    }
  }

  // MARK: Bars

  private func salesByStore() -> [String: Int64] {
    let numbers = Dictionary(uniqueKeysWithValues: setup.storeIDs.map { ($1, $0) })
    return receipts.reduce(into: [:]) { sums, receipt in
      sums[numbers[receipt.order!.storeID] ?? "?", default: 0] += receipt.order!.totals?.amountDue?.minorUnits ?? 0
    }
  }

  private func salesByDepartment() -> [String: Int64] {
    receipts.flatMap { $0.order!.lines }.reduce(into: [:]) { sums, line in
      sums[line.department, default: 0] += line.customerAmount?.minorUnits ?? 0
    }
  }

  private func printBars(_ title: String, _ sums: [String: Int64]) {
    print("\n\(title)")
    let rows = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.barRows)
    let largest = max(1, rows.first?.value ?? 1)
    for (name, cents) in rows {
      let length = Int(max(0, cents) * Int64(Self.barWidth) / largest)
      print("  \(padRight(name, 16)) \(padLeft(dollars(cents), 10)) \(String(repeating: "█", count: length))")
    }
  }

  // MARK: Sums

  private func printLoyalty() {
    let earned = receipts.reduce(0) { $0 + $1.order!.pointsEarned }
    let spent = receipts.reduce(0) { $0 + $1.order!.pointsSpent }
    let payers = receipts.filter { $0.order!.pointsSpent > 0 }.count
    print("Points: \(earned) issued, \(spent) spent by \(payers) baskets")
    // A tier reached is an upgrade that a receipt shows; a member counts in every tier passed through.
    let upgrades = receipts.filter { !$0.previousTierCode.isEmpty }.reduce(into: [String: Int]()) {
      $0[$1.balance?.tierCode ?? "?", default: 0] += 1
    }
    let list = upgrades.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    print("Tiers reached during the day: \(list.isEmpty ? "none" : list)")
  }

  /// What was earned, spent and is owed, by the tier that the members have now.
  func printPoints(_ lines: [LoyaltyV1.ReportLine]) {
    print("\nPoints by tier       earned  brought    spent  taken back  given back  outstanding")
    for line in lines {
      let columns = [
        (line.earnedPoints, 9), (line.adjustedPoints, 9), (line.spentPoints, 9), (line.takenBackPoints, 12), (line.givenBackPoints, 12),
        (line.closingPoints, 13),
      ]
      print("  " + padRight(line.key, 16) + columns.map { padLeft("\($0.0)", $0.1) }.joined())
    }
  }

  private func printStoredValue() {
    let plan = setup.storedValue
    let (charged, bonus) = (plan.topUps.reduce(0) { $0 + $1.amount }, plan.topUps.reduce(0) { $0 + $1.bonus })
    let cards = plan.giftCards.reduce(0) { $0 + $1.principal }
    let tenders = receipts.flatMap { $0.order!.tenders }.filter { $0.kind == .storedValue }
    let paid = tenders.reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }
    print(
      "Stored value (seed \(DemoStoredValue.seed)): \(plan.topUps.count) wallets charged \(dollars(charged)) and got \(dollars(bonus)), "
        + "\(plan.giftCards.count) gift cards of \(dollars(cards)); \(tenders.count) baskets paid \(dollars(paid)) with it")
  }

  private func printOffers() {
    var sums: [String: (uses: Int, cents: Int64)] = [:]
    var couponUses = 0
    for receipt in receipts {
      var seen: Set<String> = []
      for discount in receipt.order!.lines.flatMap(\.discounts) {
        let isFirst = seen.insert(discount.promotionID + discount.couponID).inserted
        sums[discount.name, default: (0, 0)].uses += isFirst ? 1 : 0
        sums[discount.name, default: (0, 0)].cents += discount.amountMinorUnits
        if isFirst && !discount.couponID.isEmpty { couponUses += 1 }
      }
    }
    print("Coupons of Patron's own: \(couponUses) used of \(setup.couponCodes.count) issued")
    print("Patron's own offers, apart from the published data, at stores \(DemoOffers.storeNumbers.sorted().joined(separator: ", ")):")
    for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
      print("  \(padRight(name, 64)) \(padLeft("\(sum.uses)", 4)) baskets \(padLeft(dollars(sum.cents), 9))")
    }
  }

  private func printReturns() {
    let made = returns.compactMap { try? $0.result.get() }
    let refunded = made.reduce(0) { $0 + ($1.refundAmount?.minorUnits ?? 0) }
    let whole = made.filter(\.wholeOrderReturned).count
    let takenBack = made.reduce(0) { $0 + $1.pointsTakenBack }
    let givenBack = made.reduce(0) { $0 + $1.pointsGivenBack }
    print(
      "Returns (seed \(DemoReturns.seed)): \(made.count), of which \(whole) whole; \(dollars(refunded)) refunded, \(takenBack) points taken back, \(givenBack) given back"
    )
  }

  private func printRefusals() {
    var lines: [String] = []
    for sale in sales {
      if case .refused(let refusal, _) = sale.outcome {
        lines.append("  basket \(sale.basket.number): \(refusal.reason): \(refusal.message)")
      }
    }
    for outcome in returns {
      if case .failure(let refusal) = outcome.result {
        lines.append("  return of basket \(outcome.basketNumber): \(refusal.reason): \(refusal.message)")
      }
    }
    print("Refused: \(lines.isEmpty ? "none" : "\(lines.count)")")
    lines.forEach { print($0) }
  }
}

func padRight(_ text: String, _ width: Int) -> String {
  text.count >= width ? String(text.prefix(width)) : text + String(repeating: " ", count: width - text.count)
}

func padLeft(_ text: String, _ width: Int) -> String {
  text.count >= width ? text : String(repeating: " ", count: width - text.count) + text
}
