import Foundation
import GoogleProto
import PatronAPI
import ServiceKit

/// A CreateOrder request, checked as far as it can be without the tables.
enum OrderRequest {
  static func decode(_ request: InventoryV1.CreateOrderRequest, time: Date) throws -> NewOrder {
    guard let message = request.order else { throw InvalidField.error("order", "must be set") }
    guard let totals = message.totals else { throw InvalidField.error("order.totals", "must be set") }
    var errors = FieldErrors()
    check(message, &errors)
    check(documents: request, &errors)
    let lifetime = holdSeconds(of: request, &errors)
    let currencyCode = totals.amountDue?.currencyCode ?? ""
    errors.require(
      TypeV1.Money(0, currencyCode).hasWellFormedCurrency, "order.totals.amount_due.currency_code",
      "must be three upper-case letters")
    try errors.throwIfAny()

    let amounts = AmountReader(currencyCode: currencyCode)
    let lines = message.lines.enumerated().map { LineMessages.decode($1, "order.lines[\($0)]", amounts, &errors) }
    let (saleTotals, amountDue) = LineMessages.decode(totals, "order.totals", amounts, &errors)
    let tenders = TenderMessages.decode(message.tenders, "order.tenders", &errors)
    let tenderCurrency = TenderMessages.currency(of: message.tenders, "order.tenders", &errors)
    errors.require(tenderCurrency == nil || tenderCurrency == currencyCode, "order.tenders", "must be in \(currencyCode)")
    try errors.throwIfAny()
    try OrderRules.check(lines, totals: saleTotals, amountDue: amountDue)
    let sale = OrderMessages.sale(of: message).encoded()
    try checkRecord(sale: sale, plan: request.plan)
    return NewOrder(
      orderID: message.orderID, clientID: message.clientID, staffID: message.staffID, storeID: message.storeID,
      memberID: message.memberID.nonEmpty, quoteID: request.quoteID.nonEmpty, participants: request.participants,
      currencyCode: currencyCode, totals: saleTotals, pointsEarned: message.pointsEarned,
      createTime: time, holdExpireTime: time.addingTimeInterval(lifetime), lines: lines,
      heldTenders: tenders,
      documents: OrderDocuments(sale: sale, plan: request.plan))
  }

  /// An order whose record fits no message could be written and never be read again.
  private static func checkRecord(sale: [UInt8], plan: [UInt8]) throws {
    let bytes = 3 * sale.count + plan.count
    guard bytes <= Limits.recordBytes else { throw InventoryRefusal.orderTooLarge(bytes: bytes, limit: Limits.recordBytes) }
  }

  static func check(reply: [UInt8], _ field: String) throws {
    var errors = FieldErrors()
    errors.require((1...Limits.documentBytes).contains(reply.count), field, "must be 1 to \(Limits.documentBytes) bytes")
    try errors.throwIfAny()
  }

  static func check(participants: [String], _ field: String, _ errors: inout FieldErrors) {
    errors.require(participants.count <= Limits.participantsPerPlan, field, "at most \(Limits.participantsPerPlan)")
    for (index, name) in participants.prefix(Limits.participantsPerPlan).enumerated() {
      let isName = (1...32).contains(name.utf8.count) && name.utf8.allSatisfy(isNameByte)
      errors.require(isName, "\(field)[\(index)]", "must be 1 to 32 of a-z, 0-9 and hyphen")
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "-")
  }

  /// From this service's clock, which judges the expiry too: two clocks would let an order expire before it is written.
  private static func holdSeconds(of request: InventoryV1.CreateOrderRequest, _ errors: inout FieldErrors) -> Double {
    let seconds = request.holdLifetime.map { $0.duration / .seconds(1) } ?? 0
    errors.require(
      seconds > 0 && seconds <= Limits.holdSeconds, "hold_lifetime", "must be more than 0 and at most \(Int(Limits.holdSeconds)) s")
    return seconds
  }

  private static func check(_ order: InventoryV1.Order, _ errors: inout FieldErrors) {
    let requiredTexts = [
      ("order_id", order.orderID), ("client_id", order.clientID), ("store_id", order.storeID),
    ]
    for (name, text) in requiredTexts {
      errors.require(text: text, "order.\(name)", upTo: Limits.identifierBytes)
    }
    let optionalTexts = [
      ("staff_id", order.staffID), ("till_id", order.tillID), ("member_id", order.memberID),
      ("external_reference", order.externalReference),
    ]
    for (name, text) in optionalTexts {
      errors.require(optionalText: text, "order.\(name)", upTo: Limits.identifierBytes)
    }
    errors.require((1...Limits.linesPerOrder).contains(order.lines.count), "order.lines", "must be 1 to \(Limits.linesPerOrder)")
    errors.require(order.pointsEarned >= 0, "order.points_earned", "must be 0 or more")
    for (index, line) in order.lines.prefix(Limits.linesPerOrder).enumerated() {
      errors.require(Int(line.lineNumber) == index + 1, "order.lines[\(index)].line_number", "lines are numbered 1, 2, 3, …")
    }
  }

  private static func check(documents request: InventoryV1.CreateOrderRequest, _ errors: inout FieldErrors) {
    errors.require(request.plan.count <= Limits.documentBytes, "plan", "at most \(Limits.documentBytes) bytes")
    errors.require(optionalText: request.quoteID, "quote_id", upTo: Limits.identifierBytes)
    check(participants: request.participants, "participants", &errors)
  }
}
