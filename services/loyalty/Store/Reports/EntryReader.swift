internal import Database
internal import Foundation

/// Why a line of a statement is what it is: what it moved, and what it was decided by, as they are on record.
struct EntryExplanation: Sendable {
  struct Movement: Equatable, Sendable {
    var account: String
    var lotID: String
    var amount: Int64
  }

  var memberID: String
  var line: LedgerStore.StatementLine
  var movements: [Movement]
  var lots: [Lot]
  var rule: (rule: EarnRule, terms: EarnTerms)?
  var evaluation: EarnEvaluation?
  var reversal: OrderReversal?
}

enum EntryReader {
  /// - Throws: `ReportRefusal.entryUnknown`.
  static func explain(_ entryID: String, _ reader: some Queryable) throws -> EntryExplanation {
    guard let (memberID, line) = try LedgerStore.find(entryID, reader) else { throw ReportRefusal.entryUnknown }
    let movements = try LedgerStore.entries(of: memberID, number: line.number, reader).map(EntryExplanation.Movement.init)
    var explanation = EntryExplanation(memberID: memberID, line: line, movements: movements, lots: [])
    for lotID in Set(movements.map(\.lotID)).sorted() where !lotID.isEmpty {
      guard let lot = try LotStore.find(lotID, reader) else { throw LedgerFault("a lot is gone") }
      explanation.lots.append(lot)
    }
    let origin = line.origin
    if origin.ruleVersion > 0, let rule = try ProgramStore.rule(version: origin.ruleVersion, reader) {
      explanation.rule = (rule, try ProgramStore.terms(of: rule, reader))
    }
    if line.kind == .earn, !origin.orderID.isEmpty { explanation.evaluation = try evaluation(of: origin.orderID, explanation, reader) }
    if !origin.returnID.isEmpty { explanation.reversal = try OrderReversalStore.find(origin.returnID, reader) }
    return explanation
  }

  /// The recorded lines and facts, decided once more by the recorded version.
  private static func evaluation(
    of orderID: String, _ explanation: EntryExplanation, _ reader: some Queryable
  ) throws -> EarnEvaluation? {
    guard let (rule, terms) = explanation.rule, let hold = try OrderHoldStore.find(orderID, reader),
      let bytes = try OrderHoldStore.earnRecord(of: orderID, reader),
      let (lines, facts) = try EarnRecords.decode(bytes, storeID: hold.terms.storeID)
    else { return nil }
    return EarnEvaluation(
      lines: lines, paidBesides: max(0, lines.reduce(0) { $0 + $1.netSpend } - hold.terms.growthValue), rule: rule, clauses: terms.clauses,
      facts: facts, room: rule.caps.concernMember ? hold.terms.earnPoints : .max)
  }
}
