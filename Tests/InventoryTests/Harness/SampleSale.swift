import Foundation
import GoogleProto
import PatronAPI

@testable import Inventory

/// A sale as a gateway would price it: lines of 10.00 a piece with 1.00 of tax a line, paid in cash. A test changes what it is
/// about.
struct SampleSale {
  var orderID: String
  var storeID: String
  var lines: [InventoryV1.OrderLine]
  var memberID = "mem_1"
  var quoteID = ""
  /// If it is created now.
  var holdExpireTime: Date { madeTime.addingTimeInterval(900) }
  private var madeTime: Date
  /// What participants hold, such as points.
  var heldTenders: [TypeV1.Tender] = []
  var requestID: String
  var method = "/patron.gateway.v1.PointOfSaleService/BeginCheckout"
  var bodyHash: [UInt8] = [1, 2, 3]

  /// One line for each (product, quantity).
  init(_ orderID: String, at storeID: String, _ goods: [(productID: String, quantity: Int64)], now: Date) {
    self.orderID = orderID
    self.storeID = storeID
    self.requestID = "request of \(orderID)"
    self.madeTime = now
    self.lines = goods.enumerated().map { index, goods in
      Self.line(Int32(index + 1), goods.productID, goods.quantity)
    }
  }

  var key: InventoryV1.RequestKey {
    InventoryV1.RequestKey(clientID: "cli_1", method: method, requestID: requestID, bodyHash: bodyHash)
  }

  var endKey: InventoryV1.RequestKey {
    InventoryV1.RequestKey(
      clientID: "cli_1", method: "/patron.gateway.v1.PointOfSaleService/CompleteCheckout", requestID: "end of \(orderID)",
      bodyHash: [9])
  }

  var amountDue: Int64 { sum(\.customerAmount) + sum(\.taxAmount) }

  var request: InventoryV1.CreateOrderRequest {
    InventoryV1.CreateOrderRequest(
      key: key,
      order: InventoryV1.Order(
        orderID: orderID, clientID: "cli_1", staffID: "staff 1", tillID: "till 1", storeID: storeID, memberID: memberID,
        externalReference: "receipt 1", lines: lines, totals: totals, tenders: heldTenders, pointsEarned: 20),
      plan: Array("plan of \(orderID)".utf8), participants: ["campaign", "loyalty"], quoteID: quoteID, holdLifetime: .init(seconds: 900))
  }

  var recordHold: InventoryV1.RecordHoldRequest {
    InventoryV1.RecordHoldRequest(orderID: orderID, beginReply: Array("begin reply of \(orderID)".utf8))
  }

  /// The one-call commit: records the hold and pays what is left in cash.
  var commit: InventoryV1.DecideOrderRequest {
    InventoryV1.DecideOrderRequest(
      orderID: orderID, decision: .commit, tenders: tenders, endKey: endKey, recordsHold: true)
  }

  var tenders: [TypeV1.Tender] {
    let held = heldTenders.reduce(Int64(0)) { $0 + ($1.amount?.minorUnits ?? 0) }
    return heldTenders + [TypeV1.Tender(kind: .cash, amount: Self.money(amountDue - held))]
  }

  var cancel: InventoryV1.DecideOrderRequest {
    InventoryV1.DecideOrderRequest(
      orderID: orderID, decision: .cancel, cancelCode: 9, cancelReason: "ABANDONED", cancelMessage: "the till gave it up")
  }

  var complete: InventoryV1.CompleteOrderRequest {
    InventoryV1.CompleteOrderRequest(orderID: orderID, completeReply: Array("reply of \(orderID)".utf8))
  }

  /// A return of a quantity of each line, refunded in cash at 10.00 a piece.
  func returning(
    _ returnID: String, _ quantities: [Int32: Int64], revision: Int64
  ) -> InventoryV1.CreateReturnRequest {
    let lines = quantities.sorted { $0.key < $1.key }.map { lineNumber, quantity in
      InventoryV1.ReturnedLine(
        lineNumber: lineNumber, quantity: quantity, refundAmount: Self.money(quantity * InventoryFixture.unitPrice))
    }
    let refund = lines.reduce(Int64(0)) { $0 + ($1.refundAmount?.minorUnits ?? 0) }
    return InventoryV1.CreateReturnRequest(
      key: InventoryV1.RequestKey(
        clientID: "cli_1", method: "/patron.gateway.v1.PointOfSaleService/Return", requestID: "request of \(returnID)",
        bodyHash: [4]),
      orderReturn: InventoryV1.OrderReturn(
        returnID: returnID, orderID: orderID, lines: lines, refundAmount: Self.money(refund),
        refunds: [TypeV1.Tender(kind: .cash, amount: Self.money(refund))], reason: "DAMAGED", clientID: "cli_1",
        staffID: "staff 2", tillID: "till 2"),
      plan: Array("plan of \(returnID)".utf8), participants: ["loyalty"], expectedRevision: revision)
  }

  static func completeReturn(_ returnID: String) -> InventoryV1.CompleteReturnRequest {
    InventoryV1.CompleteReturnRequest(
      returnID: returnID, reply: Array("reply of \(returnID)".utf8), pointsTakenBack: 10, pointsGivenBack: 5)
  }

  static func line(_ number: Int32, _ productID: String, _ quantity: Int64) -> InventoryV1.OrderLine {
    InventoryV1.OrderLine(
      lineNumber: number, kind: .sale, productID: productID, sku: "sku", name: "Product", department: "GROCERY",
      quantity: quantity, listAmount: money(quantity * InventoryFixture.unitPrice),
      customerAmount: money(quantity * InventoryFixture.unitPrice), taxAmount: money(100), pointsEarned: 10)
  }

  /// A discount with no goods: 2.00 off by a manufacturer's coupon.
  static func adjustment(_ number: Int32) -> InventoryV1.OrderLine {
    InventoryV1.OrderLine(
      lineNumber: number, kind: .adjustment, listAmount: money(0),
      tillDiscounts: [TypeV1.TillDiscount(kind: .manufacturerCoupon, amount: money(200))], customerAmount: money(-200),
      taxAmount: money(0))
  }

  static func money(_ minorUnits: Int64) -> TypeV1.Money { TypeV1.Money(minorUnits, InventoryFixture.currency) }

  private func sum(_ amount: KeyPath<InventoryV1.OrderLine, TypeV1.Money?>) -> Int64 {
    lines.reduce(0) { $0 + ($1[keyPath: amount]?.minorUnits ?? 0) }
  }

  private var totals: InventoryV1.OrderTotals {
    let till = lines.flatMap(\.tillDiscounts)
    return InventoryV1.OrderTotals(
      listAmount: Self.money(sum(\.listAmount)),
      tillDiscountAmount: Self.money(till.reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }),
      discountAmount: Self.money(lines.flatMap(\.discounts).reduce(0) { $0 + $1.amountMinorUnits }),
      customerAmount: Self.money(sum(\.customerAmount)), taxAmount: Self.money(sum(\.taxAmount)),
      amountDue: Self.money(amountDue),
      manufacturerAmount: Self.money(
        till.filter { $0.kind == .manufacturerCoupon }.reduce(0) { $0 + ($1.amount?.minorUnits ?? 0) }))
  }
}

extension InventoryV1.RequestKey {
  /// As a record shows it: without the hash of its body.
  var asKept: InventoryV1.RequestKey { InventoryV1.RequestKey(clientID: clientID, method: method, requestID: requestID) }
}
