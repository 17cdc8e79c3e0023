/// How a part of the amount due is paid, as the till sent it. Amounts are minor units unless a currency stands beside them.
struct Tender: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case cash
    case card
    case points
    case storedValue
    case voucher
    /// Unspecified, or a kind that this version does not know.
    case unknown
  }

  var kind: Kind
  var amount: Money?
  /// Cash only: what the customer handed over.
  var tendered: Money?
  var externalReference: String
  var points: Int64
  /// Stored value only: a gift card's number in place of its account's id, and the PIN of an account that has one.
  var cardNumber = ""
  var pin = ""
}

/// A tender that was checked.
struct AcceptedTender: Equatable, Sendable {
  var kind: Tender.Kind
  var amount: Int64
  /// Cash only: what was handed over, and what of it goes back.
  var cash: (tendered: Int64, change: Int64)?
  /// Of stored value the account's id.
  var externalReference: String
  var points: Int64
  /// Stored value only: loyalty's word that the card's number, or the PIN, was given; empty where neither was.
  var authorizationID = ""

  static func == (first: AcceptedTender, second: AcceptedTender) -> Bool {
    first.kind == second.kind && first.amount == second.amount && first.externalReference == second.externalReference
      && first.points == second.points && first.cash?.tendered == second.cash?.tendered
      && first.cash?.change == second.cash?.change && first.authorizationID == second.authorizationID
  }
}

extension Tender.Kind {
  /// Whether loyalty must set it aside before the order is decided. Money is in the till by then.
  var isHeld: Bool { self == .points || self == .storedValue }
}

enum TenderRefusal: Error, Equatable {
  case fields([FieldViolation])
  case currencyMismatch(field: String, found: String)
  case pointsNeedMember
  /// Points cannot pay in this shop: the programme has another currency or no rate.
  case pointsNotAccepted
  /// points × rate ≠ amount.
  case pointsAmountMismatch(points: Int64, expected: Int64, found: Int64)
  case short(missing: Int64)
  case over(excess: Int64)
}

/// What tenders keep to: each sound by itself, and together exactly what is asked.
enum TenderRules {
  static let tendersAtMost = 32
  static let referenceBytesAtMost = 128

  /// What pays an order: its currency, its rate for points, whether a member is there to spend them.
  struct Terms: Equatable, Sendable {
    var currencyCode: String
    var minorUnitsPerPoint: Int64
    var hasMember: Bool
    var amountDue: Int64
  }

  /// Checks each of `tenders`. `path` is how the contract spells their field, such as `tenders`.
  static func accept(_ tenders: [Tender], at path: String, terms: Terms) throws(TenderRefusal) -> [AcceptedTender] {
    var found: [FieldViolation] = []
    if tenders.count > tendersAtMost { throw .fields([FieldViolation(field: path, description: "at most \(tendersAtMost)")]) }
    for (index, tender) in tenders.enumerated() { checkFields(tender, at: "\(path)[\(index)]", terms: terms, &found) }
    if tenders.count(where: { $0.kind == .points }) > 1 { found.add(path, "at most one POINTS tender") }
    if !found.isEmpty { throw .fields(found) }
    var accepted: [AcceptedTender] = []
    for (index, tender) in tenders.enumerated() {
      accepted.append(try accept(tender, at: "\(path)[\(index)]", terms: terms))
    }
    return accepted
  }

  /// Refuses unless `tenders` sum to `amountDue`. An amount due of 0 needs none.
  static func requireSum(of tenders: [AcceptedTender], toBe amountDue: Int64) throws(TenderRefusal) {
    let paid: Int64
    do { paid = try Amounts.sum(tenders.map(\.amount)) } catch { throw .over(excess: Amounts.largest) }
    if paid < amountDue { throw .short(missing: amountDue - paid) }
    if paid > amountDue { throw .over(excess: paid - amountDue) }
  }

  /// What Begin may hold: points and stored value, and no more than is due. Money comes when the checkout completes.
  static func requireHeld(_ tenders: [AcceptedTender], at path: String, within amountDue: Int64) throws(TenderRefusal) {
    for (index, tender) in tenders.enumerated() where !tender.kind.isHeld {
      throw .fields([
        FieldViolation(field: "\(path)[\(index)].kind", description: "must be POINTS or STORED_VALUE: money is tendered to complete")
      ])
    }
    let held = tenders.reduce(Int64(0)) { $0 + $1.amount }
    if held > amountDue { throw .over(excess: held - amountDue) }
  }

  /// Each account of stored value pays once: what it pays, and gets back, is told by its id.
  static func requireDistinctAccounts(_ tenders: [AcceptedTender], at path: String) throws(TenderRefusal) {
    let accounts = tenders.filter { $0.kind == .storedValue }.map(\.externalReference)
    guard Set(accounts).count == accounts.count else {
      throw .fields([FieldViolation(field: path, description: "at most one STORED_VALUE tender an account")])
    }
  }

  /// What the till hands back of all cash.
  static func change(of tenders: [AcceptedTender]) -> Int64 { tenders.reduce(0) { $0 + ($1.cash?.change ?? 0) } }

  private static func accept(_ tender: Tender, at field: String, terms: Terms) throws(TenderRefusal) -> AcceptedTender {
    let amount = tender.amount?.minorUnits ?? 0
    for case (let name, let money?) in [("amount", tender.amount), ("tendered", tender.tendered)]
    where money.currencyCode != terms.currencyCode {
      throw .currencyMismatch(field: "\(field).\(name)", found: money.currencyCode)
    }
    if tender.kind == .points {
      guard terms.hasMember else { throw .pointsNeedMember }
      guard terms.minorUnitsPerPoint > 0 else { throw .pointsNotAccepted }
      let (worth, overflow) = tender.points.multipliedReportingOverflow(by: terms.minorUnitsPerPoint)
      guard !overflow, worth == amount else {
        throw .pointsAmountMismatch(points: tender.points, expected: overflow ? .max : worth, found: amount)
      }
    }
    let tendered = tender.tendered?.minorUnits ?? amount
    return AcceptedTender(
      kind: tender.kind, amount: amount, cash: tender.kind == .cash ? (tendered, tendered - amount) : nil,
      externalReference: tender.externalReference, points: tender.points)
  }

  private static func checkFields(_ tender: Tender, at field: String, terms: Terms, _ found: inout [FieldViolation]) {
    if tender.kind == .unknown { found.add("\(field).kind", "must be a known kind") }
    if let amount = tender.amount {
      // A tender of nothing is a till's mistake, unless nothing is what is due.
      let least: Int64 = terms.amountDue == 0 ? 0 : 1
      if amount.minorUnits < least { found.add("\(field).amount", "must be \(least) or more") }
      if !Amounts.isWithinRange(amount.minorUnits) { found.add("\(field).amount", "at most \(Amounts.largest) minor units") }
    } else {
      found.add("\(field).amount", "must be set")
    }
    if let tendered = tender.tendered {
      if tender.kind != .cash { found.add("\(field).tendered", "is for CASH only") }
      if tendered.minorUnits < tender.amount?.minorUnits ?? 0 { found.add("\(field).tendered", "must be at least the amount") }
      if !Amounts.isWithinRange(tendered.minorUnits) { found.add("\(field).tendered", "at most \(Amounts.largest) minor units") }
    }
    if tender.kind == .points ? tender.points < 1 : tender.points != 0 {
      found.add("\(field).points", tender.kind == .points ? "must be 1 or more" : "is for POINTS only")
    }
    if tender.kind == .storedValue {
      if tender.externalReference.isEmpty == tender.cardNumber.isEmpty {
        found.add(field, "must name its account by external_reference or by card_number")
      }
    } else if !tender.cardNumber.isEmpty || !tender.pin.isEmpty {
      found.add("\(field).card_number", "card_number and pin are for STORED_VALUE only")
    }
    if tender.externalReference.utf8.count > referenceBytesAtMost {
      found.add("\(field).external_reference", "at most \(referenceBytesAtMost) bytes")
    }
  }
}
