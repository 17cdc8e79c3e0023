/// What the order keeps of a product.
struct ProductFacts: Equatable, Sendable {
  var productID: String
  var sku: String
  var name: String
  var department: String
  var category: String
  var brand: String
}

/// One promotion or coupon of Patron's that applies to a basket, with its part of each line.
struct AppliedEffect: Equatable, Sendable {
  enum Source: Equatable, Sendable {
    case promotion(id: String)
    case coupon(id: String, templateID: String)
  }

  var source: Source
  var version: Int64
  var name: String
  var amount: Int64
  /// Line number → amount taken off it; they sum to `amount`.
  var amountByLine: [(lineNumber: Int, amount: Int64)]

  static func == (first: AppliedEffect, second: AppliedEffect) -> Bool {
    first.source == second.source && first.version == second.version && first.name == second.name
      && first.amount == second.amount
      && first.amountByLine.elementsEqual(second.amountByLine) { $0 == $1 }
  }
}

/// A line with everything taken off it. All amounts are minor units of the store's currency.
struct PricedLine: Equatable, Sendable {
  struct Discount: Equatable, Sendable {
    var source: AppliedEffect.Source
    var version: Int64
    var name: String
    var amount: Int64
  }

  struct TillDiscount: Equatable, Sendable {
    var kind: Basket.TillDiscountKind
    var amount: Int64
  }

  /// 1, 2, 3, … as the till sent them.
  var number: Int
  var isAdjustment: Bool
  var product: ProductFacts
  var quantity: Int64
  var listAmount: Int64
  var unitPrice: Int64?
  var tillDiscounts: [TillDiscount]
  var discounts: [Discount]
  /// list − till discounts − Patron's discounts; negative where a coupon exceeds the line.
  var customerAmount: Int64
  var taxAmount: Int64
  var pointsEarned: Int64

  /// What the line amounts to before Patron's own discounts.
  var amountAfterTill: Int64 { listAmount - tillDiscounts.reduce(0) { $0 + $1.amount } }
}

/// Sums over the lines.
struct PricedTotals: Equatable, Sendable {
  var listAmount: Int64
  var tillDiscountAmount: Int64
  var discountAmount: Int64
  var customerAmount: Int64
  var taxAmount: Int64
  var amountDue: Int64
  var manufacturerAmount: Int64
}

enum PricingRefusal: Error, Equatable {
  /// The basket's sums leave the range of amounts.
  case amountsTooLarge
  /// Coupons exceed the basket: the customer would be paid.
  case amountDueNegative(amountDue: Int64)
  /// Another service's effects do not add up: a bug of ours, not of the caller.
  case effectsInconsistent(String)
}

/// The arithmetic of a basket: lines, discounts, sums. One place, so that quote, receipt and order cannot differ.
enum Pricing {
  /// The lines before Patron's own discounts. `products[i]` is the product of line i, and `basket` keeps to `BasketRules`.
  static func lines(of basket: Basket, products: [ProductFacts]) -> [PricedLine] {
    precondition(products.count == basket.lines.count)
    return zip(basket.lines, products).enumerated().map { index, pair in
      let (line, product) = pair
      let tillDiscounts = line.tillDiscounts.map { PricedLine.TillDiscount(kind: $0.kind, amount: $0.amount?.minorUnits ?? 0) }
      let list = line.listAmount?.minorUnits ?? 0
      return PricedLine(
        number: index + 1, isAdjustment: line.kind == .adjustment, product: product, quantity: line.quantity, listAmount: list,
        unitPrice: line.unitPrice?.minorUnits, tillDiscounts: tillDiscounts, discounts: [],
        customerAmount: list - tillDiscounts.reduce(0) { $0 + $1.amount }, taxAmount: line.taxAmount?.minorUnits ?? 0,
        pointsEarned: 0)
    }
  }

  /// Refuses lines whose sums leave the range of amounts, whatever is taken off them later.
  static func checkRange(of lines: [PricedLine]) throws(PricingRefusal) {
    do {
      _ = try Amounts.sum(lines.map(\.listAmount))
      _ = try Amounts.sum(lines.lazy.flatMap(\.tillDiscounts).map(\.amount))
      _ = try Amounts.sum(lines.map { max($0.taxAmount, -$0.taxAmount) })
    } catch {
      throw .amountsTooLarge
    }
  }

  /// Takes `effects` off `lines`. An effect's parts must sum to it and may not push a line below 0.
  static func applying(_ effects: [AppliedEffect], to lines: [PricedLine]) throws(PricingRefusal) -> [PricedLine] {
    var lines = lines
    for effect in effects {
      var sum: Int64 = 0
      for part in effect.amountByLine {
        guard lines.indices.contains(part.lineNumber - 1) else {
          throw .effectsInconsistent("an effect names line \(part.lineNumber) of \(lines.count)")
        }
        guard part.amount >= 0, part.amount <= max(0, lines[part.lineNumber - 1].customerAmount) else {
          throw .effectsInconsistent("an effect takes \(part.amount) off line \(part.lineNumber)")
        }
        lines[part.lineNumber - 1].customerAmount -= part.amount
        lines[part.lineNumber - 1].discounts.append(
          PricedLine.Discount(source: effect.source, version: effect.version, name: effect.name, amount: part.amount))
        sum += part.amount
      }
      guard sum == effect.amount else {
        throw .effectsInconsistent("an effect of \(effect.amount) has parts that sum to \(sum)")
      }
    }
    return lines
  }

  /// Sums `lines`, and refuses a basket that would pay the customer.
  static func totals(of lines: [PricedLine]) throws(PricingRefusal) -> PricedTotals {
    do {
      let till = lines.lazy.flatMap(\.tillDiscounts)
      let totals = PricedTotals(
        listAmount: try Amounts.sum(lines.map(\.listAmount)),
        tillDiscountAmount: try Amounts.sum(till.map(\.amount)),
        discountAmount: try Amounts.sum(lines.lazy.flatMap(\.discounts).map(\.amount)),
        customerAmount: try Amounts.sum(lines.map(\.customerAmount)),
        taxAmount: try Amounts.sum(lines.map(\.taxAmount)),
        amountDue: try Amounts.sum(lines.flatMap { [$0.customerAmount, $0.taxAmount] }),
        manufacturerAmount: try Amounts.sum(till.filter { $0.kind == .manufacturerCoupon }.map(\.amount)))
      guard totals.amountDue >= 0 else { throw PricingRefusal.amountDueNegative(amountDue: totals.amountDue) }
      return totals
    } catch let refusal as PricingRefusal {
      throw refusal
    } catch {
      throw .amountsTooLarge
    }
  }
}
