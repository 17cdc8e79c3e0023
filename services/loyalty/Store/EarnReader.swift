internal import Database
internal import Foundation

/// What an order would earn, computed at the moment of reading.
enum EarnReader {
  struct Question: Sendable {
    var lines: [EarnDecision.Line]
    /// An empty tier is the member's own.
    var facts: EarnFacts
    var paidBesides: Int64
    /// Empty for nobody in particular: no tier, and no caps but the order's.
    var memberID: String
    var currencyCode: String
    /// 0 for the one in force.
    var ruleVersion: Int64
  }

  struct Answer {
    var evaluation: EarnEvaluation
    var rule: EarnRule
    var dependsOnTenders: Bool
    var balance: Balance?
  }

  static func answer(to question: Question, at instant: Date, _ reader: some Queryable) throws -> Answer {
    let rule = try rule(of: question, reader)
    guard rule.currencyCode == question.currencyCode else { throw LoyaltyRefusal.currencyMismatch(programme: rule.currencyCode) }
    let clauses = try ProgramStore.clauses(of: rule, reader)
    let memberID = question.memberID
    let balance = memberID.isEmpty ? nil : try BalanceReader.balance(of: memberID, at: instant, reader)
    var facts = question.facts
    if facts.tierCode.isEmpty, let balance { facts.tierCode = balance.tier.tier.code }
    let room = memberID.isEmpty ? .max : try EarnCapStore.room(of: memberID, by: rule, at: instant, reader)
    let evaluation = EarnEvaluation(
      lines: question.lines, paidBesides: question.paidBesides, rule: rule, clauses: clauses, facts: facts, room: room)
    return Answer(
      evaluation: evaluation, rule: rule, dependsOnTenders: clauses.contains { !$0.conditions.tenders.isEmpty }, balance: balance)
  }

  private static func rule(of question: Question, _ reader: some Queryable) throws -> EarnRule {
    guard question.ruleVersion > 0 else { return try ProgramStore.inForce(reader).rule }
    guard let rule = try ProgramStore.rule(version: question.ruleVersion, reader) else {
      throw LoyaltyRefusal.ruleVersionUnknown(question.ruleVersion)
    }
    return rule
  }
}
