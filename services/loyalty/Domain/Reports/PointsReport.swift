internal import Foundation

/// What moved in the periods of a span, by one dimension: a fold over the ledger, one member after the other.
struct PointsReport: Equatable, Sendable {
  static let maximumLines = 10_000

  enum Dimension: Sendable, CaseIterable {
    case none
    /// Where points moved.
    case store
    /// Where they were issued.
    case issuingStore
    case tier
    case ruleVersion
  }

  /// Where, by what and when points were issued.
  struct Issue: Equatable, Sendable {
    var storeID: String
    var ruleVersion: Int64
    var at: Date
  }

  /// One entry on a member's account, or on that of expired points, with what its transaction says.
  struct Movement: Equatable, Sendable {
    var kind: LedgerTransaction.Kind
    /// Whether an order stands behind it.
    var isOfOrder: Bool
    var storeID: String
    /// When the points moved: an expiry at its own instant, whenever it was written.
    var movedAt: Date
    /// Where the points come from, as far as this movement says: of a lot its first movement says it, of what a return takes back and nobody has
    /// any more the order's time.
    var issue: Issue
    var account: LedgerAccount
    /// Empty where the account has none.
    var lotID: String
    var amount: Int64
  }

  /// Points that moved, each 0 or more but for corrections of what expired and by hands.
  struct Flows: Equatable, Sendable {
    var earned: Int64 = 0
    var awarded: Int64 = 0
    var takenBack: Int64 = 0
    var spent: Int64 = 0
    var givenBack: Int64 = 0
    var expired: Int64 = 0
    var adjusted: Int64 = 0
    var reinstated: Int64 = 0
    /// From other members, less what went to them: 0 over all.
    var transferred: Int64 = 0
    var transferFees: Int64 = 0

    /// What they add to what members have, less what they owe.
    var net: Int64 { earned + awarded - takenBack - spent + givenBack - expired + adjusted + reinstated + transferred - transferFees }
    /// What expired, of a thousand that were issued for good.
    var expiredPerMille: Int64 {
      let issued = earned + awarded - takenBack
      return issued > 0 ? Int64(Int128(expired) * 1_000 / Int128(issued)) : 0
    }

    mutating func count(_ movement: Movement) {
      let amount = movement.amount
      if movement.account == .programmeExpired {
        switch movement.kind {
        // A return took back what had expired: then it was not issued, and did not expire.
        case .earnReversal:
          takenBack -= amount
          expired += amount
        // What had expired in the receiver's hands goes back through the transfer as expired.
        case .transferReversal:
          expired += amount
          transferred += amount
        default: break
        }
        return
      }
      switch movement.kind {
      case .earn: if movement.isOfOrder { earned += amount } else { awarded += amount }
      case .earnReversal: takenBack -= amount
      case .spend: spent -= amount
      case .spendReversal: givenBack += amount
      case .expire: expired -= amount
      case .adjust: adjusted += amount
      case .reinstatement: reinstated += amount
      case .transferOut, .transferIn, .transferReversal: transferred += amount
      case .transferFee: transferFees -= amount
      // From a member's points to the same member's debt.
      case .debtRepayment, .extension: break
      }
    }
  }

  struct Line: Equatable, Sendable {
    var start: Date
    var end: Date
    var key: String
    var opening: Int64
    var flows: Flows
    var closing: Int64
  }

  let span: ReportSpan
  let dimension: Dimension
  let isByIssue: Bool
  private var flows: [Cell: Flows] = [:]
  /// What was outstanding before the span.
  private var openings: [String: Int64] = [:]

  private struct Cell: Hashable {
    var period: Int
    var key: String
  }

  init(over span: ReportSpan, by dimension: Dimension, byIssue: Bool) {
    (self.span, self.dimension, self.isByIssue) = (span, dimension, byIssue)
  }

  /// Where it would have more lines than a report has.
  var isTooLarge: Bool { flows.count + openings.count * span.periods > Self.maximumLines }

  /// Everything of one member, from the first entry on.
  mutating func add(_ movements: [Movement], ofTier tierCode: String) {
    var issues: [String: Issue] = [:]
    for movement in movements {
      let issue = movement.lotID.isEmpty ? movement.issue : issues[movement.lotID] ?? movement.issue
      if !movement.lotID.isEmpty { issues[movement.lotID] = issue }
      let key =
        switch dimension {
        case .none: ""
        case .store: movement.storeID
        case .issuingStore: issue.storeID
        case .tier: tierCode
        case .ruleVersion: issue.ruleVersion == 0 ? "" : String(issue.ruleVersion)
        }
      count(movement, at: isByIssue ? issue.at : movement.movedAt, key)
    }
  }

  private mutating func count(_ movement: Movement, at instant: Date, _ key: String) {
    if let period = span.index(of: instant) {
      flows[Cell(period: period, key: key), default: Flows()].count(movement)
    } else if instant < span.start, !isByIssue, dimension != .store {
      var before = Flows()
      before.count(movement)
      openings[key, default: 0] += before.net
    }
  }

  /// By period, then by key.
  var lines: [Line] {
    var lines: [Line] = []
    var outstanding = openings
    let keys = Set(flows.keys.map(\.key)).union(openings.keys).sorted(by: Self.isBefore)
    for period in 0..<span.periods {
      for key in keys {
        let found = flows[Cell(period: period, key: key)]
        let opening = isByIssue ? 0 : outstanding[key, default: 0]
        guard found != nil || opening != 0 else { continue }
        let moved = found ?? Flows()
        let closing = dimension == .store ? 0 : opening + moved.net
        outstanding[key] = closing
        lines.append(
          Line(start: span.bounds[period], end: span.bounds[period + 1], key: key, opening: opening, flows: moved, closing: closing))
      }
    }
    return lines
  }

  /// Version 10 comes after version 9.
  private static func isBefore(_ one: String, _ other: String) -> Bool {
    (Int64(one) ?? .max, one) < (Int64(other) ?? .max, other)
  }
}
