internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC

/// What an order's points were decided by, in the form in which it lies beside the order.
enum EarnRecords {
  static func encode(_ decision: EarnDecision) -> [UInt8]? {
    guard !decision.lines.isEmpty else { return nil }
    var texts = Texts()
    let products = decision.lines.map(\.product)
    let facts = decision.facts
    var record = LoyaltyV1.EarnRecord(
      netSpendMinorUnits: decision.lines.map(\.netSpend), promotions: texts.numbers(of: facts.promotionIDs.sorted()),
      tenderKinds: facts.tenders.wire, birthdayWeek: facts.isBirthdayWeek, tierCode: facts.tierCode,
      evaluateTime: facts.instant.microsecondsSince1970)
    record.products = texts.numbers(of: products.map(\.productID))
    record.categories = texts.numbers(of: products.map(\.category))
    record.brands = texts.numbers(of: products.map(\.brand))
    record.departments = texts.numbers(of: products.map(\.department))
    record.texts = texts.all
    return record.encoded()
  }

  /// The lines and the facts again; nil for what is no record of ours.
  static func decode(_ bytes: [UInt8], storeID: String) throws -> (lines: [EarnDecision.Line], facts: EarnFacts)? {
    let record = try LoyaltyV1.EarnRecord(decoding: bytes)
    let columns = [record.products, record.categories, record.brands, record.departments]
    guard columns.allSatisfy({ $0.isEmpty || $0.count == record.netSpendMinorUnits.count }) else { return nil }
    guard (columns + [record.promotions]).allSatisfy({ $0.allSatisfy { $0 <= record.texts.count } }) else { return nil }
    func text(_ number: UInt32) -> String { number == 0 ? "" : record.texts[Int(number) - 1] }
    func text(_ column: [UInt32], _ index: Int) -> String { column.isEmpty ? "" : text(column[index]) }
    let lines = record.netSpendMinorUnits.enumerated().map { index, netSpend in
      EarnDecision.Line(
        lineNumber: Int32(index + 1), netSpend: netSpend, points: 0,
        product: EarnProduct(
          productID: text(record.products, index), category: text(record.categories, index), brand: text(record.brands, index),
          department: text(record.departments, index)))
    }
    let facts = EarnFacts(
      storeID: storeID, tenders: Set(record.tenderKinds.compactMap(OrderTender.init)), promotionIDs: Set(record.promotions.map(text)),
      isBirthdayWeek: record.birthdayWeek, tierCode: record.tierCode,
      instant: Date(microsecondsSince1970: record.evaluateTime))
    return (lines, facts)
  }

  /// Each text once, and its number: 1 is the first, 0 stands for the empty one.
  private struct Texts {
    private(set) var all: [String] = []
    private var numbers: [String: UInt32] = ["": 0]

    /// Nothing where no text says anything.
    mutating func numbers(of texts: [String]) -> [UInt32] {
      guard texts.contains(where: { !$0.isEmpty }) else { return [] }
      return texts.map { number(of: $0) }
    }

    private mutating func number(of text: String) -> UInt32 {
      if let known = numbers[text] { return known }
      all.append(text)
      numbers[text] = UInt32(all.count)
      return UInt32(all.count)
    }
  }
}
