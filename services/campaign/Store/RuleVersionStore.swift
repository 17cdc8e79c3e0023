import Database
import Foundation

/// What was published, version by version. Rows are written once; triggers refuse to change them.
enum RuleVersionStore {
  struct Stored {
    let rule: Rule
    let publishInstant: Date
  }

  static func insert(_ rule: Rule, by publisher: Publisher, at instant: Date, in transaction: Transaction) throws {
    let terms = rule.terms
    let period = terms.conditions.period
    let benefit = BenefitColumns(terms.benefit)
    try transaction.run(
      insertVersion,
      [
        .text(rule.id), .integer(rule.version), .text(terms.name), .integer(Int64(terms.priority)),
        .optional(benefit.percentBasisPoints), .optional(benefit.amountOff), .optional(terms.conditions.minimumAmount?.minorUnits),
        .optional(terms.currencyCode), .optional(period.startDate?.text), .optional(period.endDate?.text),
        .optional(period.timeZoneName), .optional(period.openInstant), .optional(period.closeInstant),
        .bool(terms.conditions.membersOnly), .optional(terms.conditions.totalLimit), .optional(terms.conditions.memberLimit),
        .integer(terms.usesPerCode), .text(publisher.clientID), .text(publisher.staffID), .time(instant),
      ])
    for list in ValueList.allCases {
      for value in terms[list].sorted() {
        try transaction.run(insertValue, [.text(rule.id), .integer(rule.version), .integer(list.rawValue), .text(value)])
      }
    }
  }

  /// - Throws: `MissingRow` when it is not there: whoever asks read the version out of another table.
  static func find(_ ruleID: String, version: Int64, kind: RuleKind, in source: some Queryable) throws -> Stored {
    guard let columns = try source.first(byVersion, [.text(ruleID), .integer(version)], VersionColumns.init) else {
      throw MissingRow(table: "rule_versions", key: "\(ruleID)/\(version)")
    }
    var terms = columns.terms
    try source.forEach(valuesOfVersion, [.text(ruleID), .integer(version)]) { row in
      let list: ValueList = try row.storedCase(0)
      terms[list].insert(row.text(1))
    }
    return Stored(rule: Rule(id: ruleID, kind: kind, version: version, terms: terms), publishInstant: columns.publishInstant)
  }

  private static let insertVersion = SQL(
    "campaign.insert-rule-version",
    """
    INSERT INTO rule_versions (rule_id, version, \(VersionColumns.names), client_id, staff_id, publish_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
    """)
  private static let insertValue = SQL(
    "campaign.insert-rule-version-value",
    "INSERT INTO rule_version_values (rule_id, version, list, value) VALUES (?1, ?2, ?3, ?4)")
  private static let byVersion = SQL(
    "campaign.find-rule-version",
    "SELECT \(VersionColumns.names), publish_time FROM rule_versions WHERE rule_id = ?1 AND version = ?2")
  private static let valuesOfVersion = SQL(
    "campaign.values-of-rule-version", "SELECT list, value FROM rule_version_values WHERE rule_id = ?1 AND version = ?2")
}

/// The lists that a version may have, as they are numbered in `rule_version_values`.
private enum ValueList: Int64, CaseIterable {
  case stores = 1
  case products = 2
  case departments = 3
  case categories = 4
  case brands = 5
}

extension RuleTerms {
  fileprivate subscript(list: ValueList) -> Set<String> {
    get {
      switch list {
      case .stores: conditions.storeIDs
      case .products: products.productIDs
      case .departments: products.departments
      case .categories: products.categories
      case .brands: products.brands
      }
    }
    set {
      switch list {
      case .stores: conditions.storeIDs = newValue
      case .products: products.productIDs = newValue
      case .departments: products.departments = newValue
      case .categories: products.categories = newValue
      case .brands: products.brands = newValue
      }
    }
  }
}

/// A benefit in its two columns, of which one is null.
private struct BenefitColumns {
  var percentBasisPoints: Int64?
  var amountOff: Int64?

  init(_ benefit: Benefit) {
    switch benefit {
    case .percent(let basisPoints): percentBasisPoints = basisPoints
    case .amountOff(let amount): amountOff = amount.minorUnits
    }
  }
}

/// A row of `rule_versions`, without its lists.
private struct VersionColumns {
  static let names = """
    name, priority, percent_basis_points, amount_off, minimum_amount, currency_code, start_date, end_date, time_zone, open_time,
    close_time, members_only, total_limit, member_limit, uses_per_code
    """

  let terms: RuleTerms
  let publishInstant: Date

  init(_ row: Row) {
    let currencyCode = row.optionalText(5) ?? ""
    let benefit: Benefit =
      if let amountOff = row.optionalInt64(3) {
        .amountOff(Amount(currencyCode: currencyCode, minorUnits: amountOff))
      } else {
        .percent(basisPoints: row.int64(2))
      }
    let period = ValidityPeriod(
      startDate: row.optionalText(6).flatMap(CalendarDate.init(text:)), endDate: row.optionalText(7).flatMap(CalendarDate.init(text:)),
      timeZoneName: row.optionalText(8), openInstant: row.optionalTime(9), closeInstant: row.optionalTime(10))
    let conditions = Conditions(
      period: period, membersOnly: row.bool(11),
      minimumAmount: row.optionalInt64(4).map { Amount(currencyCode: currencyCode, minorUnits: $0) },
      totalLimit: row.optionalInt64(12), memberLimit: row.optionalInt64(13))
    terms = RuleTerms(
      name: row.text(0), products: .wholeBasket, benefit: benefit, conditions: conditions, priority: row.int32(1),
      usesPerCode: row.int64(14))
    publishInstant = row.time(15)
  }
}
