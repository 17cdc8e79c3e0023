import PatronAPI
import RPC
import ServiceKit

/// From a published message to the Domain's terms: what is wrong is noted field by field.
struct RuleReading {
  private var errors = FieldErrors()
  private let root: String

  static func terms(of promotion: CampaignV1.Promotion) throws -> RuleTerms {
    var reading = RuleReading(root: "promotion")
    return try reading.terms(
      name: promotion.name, products: promotion.products, benefit: promotion.benefit, conditions: promotion.conditions,
      priority: promotion.priority, usesPerCode: 1)
  }

  static func terms(of template: CampaignV1.CouponTemplate) throws -> RuleTerms {
    var reading = RuleReading(root: "template")
    reading.errors.require(
      (0...CampaignLimits.usesPerCode).contains(template.usesPerCode), "template.uses_per_code",
      "must be 0 to \(CampaignLimits.usesPerCode)")
    return try reading.terms(
      name: template.name, products: template.products, benefit: template.benefit, conditions: template.conditions,
      priority: template.priority, usesPerCode: max(1, template.usesPerCode))
  }

  private init(root: String) { self.root = root }

  private mutating func terms(
    name: String, products: CampaignV1.ProductSet?, benefit: CampaignV1.Benefit?, conditions: CampaignV1.Conditions?,
    priority: Int32, usesPerCode: Int64
  ) throws -> RuleTerms {
    errors.require(text: name, "\(root).name", upTo: CampaignLimits.nameBytes)
    let products = productSet(products ?? CampaignV1.ProductSet())
    let benefit = self.benefit(benefit)
    let conditions = self.conditions(conditions ?? CampaignV1.Conditions())
    try errors.throwIfAny()
    guard let benefit else { preconditionFailure("a benefit that cannot be read was noted as an error") }
    try Self.requireOneCurrency(benefit, conditions)
    return RuleTerms(
      name: name, products: products, benefit: benefit, conditions: conditions, priority: priority, usesPerCode: usesPerCode)
  }

  private static func requireOneCurrency(_ benefit: Benefit, _ conditions: Conditions) throws(Refusal) {
    guard case .amountOff(let amount) = benefit, let minimum = conditions.minimumAmount,
      amount.currencyCode != minimum.currencyCode
    else { return }
    throw Refusal(
      .invalidArgument, "CURRENCY_MISMATCH", "the amount off is in \(amount.currencyCode), the minimum in \(minimum.currencyCode)")
  }

  // MARK: Parts

  private mutating func productSet(_ message: CampaignV1.ProductSet) -> ProductSet {
    ProductSet(
      productIDs: list(message.productIDs, "products.product_ids", upTo: CampaignLimits.idBytes),
      departments: list(message.departments, "products.departments", upTo: CampaignLimits.attributeBytes),
      categories: list(message.categories, "products.categories", upTo: CampaignLimits.attributeBytes),
      brands: list(message.brands, "products.brands", upTo: CampaignLimits.attributeBytes))
  }

  private mutating func benefit(_ message: CampaignV1.Benefit?) -> Benefit? {
    switch message?.kind {
    case .percentBasisPoints(let basisPoints):
      let isInRange = errors.require(
        (1...Int32(Benefit.basisPointsOfWhole)).contains(basisPoints), "\(root).benefit.percent_basis_points",
        "must be 1 to \(Benefit.basisPointsOfWhole)")
      return isInRange ? .percent(basisPoints: Int64(basisPoints)) : nil
    case .amountOff(let money):
      return amount(money, "benefit.amount_off").map(Benefit.amountOff)
    case nil:
      errors.add("\(root).benefit", "must be a percentage or an amount")
      return nil
    }
  }

  private mutating func conditions(_ message: CampaignV1.Conditions) -> Conditions {
    let memberLimit = limit(message.memberLimit, "conditions.member_limit")
    return Conditions(
      storeIDs: list(message.storeIDs, "conditions.store_ids", upTo: CampaignLimits.idBytes), period: period(message),
      membersOnly: message.membersOnly || memberLimit != nil,
      minimumAmount: message.minimumAmount.flatMap { amount($0, "conditions.minimum_amount") },
      totalLimit: limit(message.totalLimit, "conditions.total_limit"), memberLimit: memberLimit)
  }

  private mutating func period(_ message: CampaignV1.Conditions) -> ValidityPeriod {
    let start = date(message.startDate, "conditions.start_date")
    let end = date(message.endDate, "conditions.end_date")
    if let start, let end {
      errors.require(start <= end, "\(root).conditions.end_date", "must not be before start_date")
    }
    guard !message.timeZone.isEmpty else {
      errors.require(
        message.startDate == nil && message.endDate == nil, "\(root).conditions.time_zone", "must be set where there is a date")
      return .unbounded
    }
    guard let zone = IANATimeZone(name: message.timeZone) else {
      errors.add("\(root).conditions.time_zone", "must be an IANA zone such as Asia/Shanghai")
      return .unbounded
    }
    return ValidityPeriod(startDate: start, endDate: end, zone: zone)
  }

  private mutating func date(_ message: TypeV1.Date?, _ field: String) -> CalendarDate? {
    guard let message else { return nil }
    let date = CalendarDate(year: Int(message.year), month: Int(message.month), day: Int(message.day))
    errors.require(
      date != nil, "\(root).\(field)",
      "the calendar has no such day between \(CalendarDate.years.lowerBound) and \(CalendarDate.years.upperBound)")
    return date
  }

  private mutating func amount(_ money: TypeV1.Money, _ field: String) -> Amount? {
    let hasCurrency = errors.require(
      money.hasWellFormedCurrency, "\(root).\(field).currency_code", "must be three upper-case letters")
    let isInRange = errors.require(
      (1...CampaignLimits.lineMinorUnits).contains(money.minorUnits), "\(root).\(field).minor_units",
      "must be 1 to \(CampaignLimits.lineMinorUnits)")
    return hasCurrency && isInRange ? Amount(currencyCode: money.currencyCode, minorUnits: money.minorUnits) : nil
  }

  private mutating func limit(_ uses: Int64, _ field: String) -> Int64? {
    errors.require((0...CampaignLimits.uses).contains(uses), "\(root).\(field)", "must be 0 to \(CampaignLimits.uses)")
    return uses == 0 ? nil : uses
  }

  private mutating func list(_ values: [String], _ field: String, upTo bytes: Int) -> Set<String> {
    let isShort = errors.require(
      values.count <= CampaignLimits.listValues, "\(root).\(field)", "at most \(CampaignLimits.listValues) values")
    guard isShort else { return [] }
    for (index, value) in values.enumerated() { errors.require(text: value, "\(root).\(field)[\(index)]", upTo: bytes) }
    return Set(values)
  }
}
