internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.EarnClause {
  /// One encoding for equal clauses: the sets are sorted.
  init(_ clause: EarnClause) {
    let effect: Effect =
      switch clause.effect {
      case .exclude: .exclude(true)
      case .rate(let numerator): .pointsNumerator(numerator)
      case .multiply(let percent): .multiplierPercent(Int32(percent))
      case .bonus(let points): .bonusPoints(points)
      }
    let (products, conditions) = (clause.products, clause.conditions)
    self.init(
      name: clause.name,
      products: products == EarnProducts()
        ? nil
        : LoyaltyV1.EarnProducts(
          productIDs: products.productIDs.sorted(), categories: products.categories.sorted(), brands: products.brands.sorted(),
          departments: products.departments.sorted()),
      conditions: conditions == EarnConditions()
        ? nil
        : LoyaltyV1.EarnConditions(
          storeIDs: conditions.storeIDs.sorted(), tenderKinds: conditions.tenders.wire, tierCodes: conditions.tierCodes.sorted(),
          weekdays: conditions.weekdays.sorted().map(Int32.init), birthdayWeek: conditions.birthdayWeek,
          promotionIDs: conditions.promotionIDs.sorted(), startTime: conditions.start.map(GoogleProtobuf.Timestamp.init),
          endTime: conditions.end.map(GoogleProtobuf.Timestamp.init)),
      effect: effect)
  }
}

extension EarnClause {
  /// Nil without an effect.
  init?(_ message: LoyaltyV1.EarnClause) {
    switch message.effect {
    case .exclude(true): effect = .exclude
    case .pointsNumerator(let numerator): effect = .rate(numerator: numerator)
    case .multiplierPercent(let percent): effect = .multiply(percent: Int64(percent))
    case .bonusPoints(let points): effect = .bonus(points: points)
    case .exclude(false), nil: return nil
    }
    name = message.name
    if let products = message.products {
      self.products = EarnProducts(
        productIDs: Set(products.productIDs), categories: Set(products.categories), brands: Set(products.brands),
        departments: Set(products.departments))
    }
    if let conditions = message.conditions {
      self.conditions = EarnConditions(
        storeIDs: Set(conditions.storeIDs), tenders: Set(conditions.tenderKinds.compactMap(OrderTender.init)),
        tierCodes: Set(conditions.tierCodes), weekdays: Set(conditions.weekdays.map(Int.init)),
        birthdayWeek: conditions.birthdayWeek, promotionIDs: Set(conditions.promotionIDs), start: conditions.startTime?.date,
        end: conditions.endTime?.date)
    }
  }

  /// The clauses of a rule to publish.
  static func read(_ messages: [LoyaltyV1.EarnClause], _ errors: inout FieldErrors) -> [EarnClause] {
    let limits = LoyaltyLimits.self
    guard errors.require(messages.count <= limits.maximumClauses, "rule.clauses", "at most \(limits.maximumClauses)") else { return [] }
    errors.require(Set(messages.map(\.name)).count == messages.count, "rule.clauses", "each name once")
    return messages.enumerated().compactMap { index, message in
      let field = "rule.clauses[\(index)]"
      errors.require(text: message.name, "\(field).name", upTo: limits.maximumClauseNameBytes)
      check(message.products ?? LoyaltyV1.EarnProducts(), "\(field).products", &errors)
      check(message.conditions ?? LoyaltyV1.EarnConditions(), "\(field).conditions", &errors)
      let clause = EarnClause(message)
      switch clause?.effect {
      case .exclude: break
      case .rate(let numerator):
        errors.require(
          (0...limits.maximumRuleNumerator).contains(numerator), "\(field).points_numerator", "must be 0 to \(limits.maximumRuleNumerator)")
      case .multiply(let percent):
        errors.require(
          (101...limits.maximumMultiplier).contains(percent), "\(field).multiplier_percent", "must be 101 to \(limits.maximumMultiplier)")
      case .bonus(let points):
        errors.require(
          (1...limits.maximumBonusPoints).contains(points), "\(field).bonus_points", "must be 1 to \(limits.maximumBonusPoints)")
      case nil: errors.add("\(field).effect", "must be set")
      }
      return clause
    }
  }

  private static func check(_ products: LoyaltyV1.EarnProducts, _ field: String, _ errors: inout FieldErrors) {
    check(products.productIDs, "\(field).product_ids", &errors)
    check(products.categories, "\(field).categories", &errors)
    check(products.brands, "\(field).brands", &errors)
    check(products.departments, "\(field).departments", &errors)
  }

  private static func check(_ conditions: LoyaltyV1.EarnConditions, _ field: String, _ errors: inout FieldErrors) {
    check(conditions.storeIDs, "\(field).store_ids", &errors)
    check(conditions.tierCodes, "\(field).tier_codes", &errors)
    check(conditions.promotionIDs, "\(field).promotion_ids", &errors)
    errors.require(
      conditions.tenderKinds.allSatisfy { OrderTender($0) != nil }, "\(field).tender_kinds", "must be kinds of tender")
    errors.require(
      conditions.weekdays.allSatisfy { (1...7).contains($0) }, "\(field).weekdays", "must be 1 (Monday) to 7 (Sunday)")
    for (name, time) in [("start_time", conditions.startTime), ("end_time", conditions.endTime)] {
      errors.require(time?.isValid ?? true, "\(field).\(name)", "must be within the years 1 to 9999")
    }
    guard let start = conditions.startTime, let end = conditions.endTime else { return }
    errors.require(start.date < end.date, "\(field).end_time", "must be after start_time")
  }

  private static func check(_ values: [String], _ field: String, _ errors: inout FieldErrors) {
    let most = LoyaltyLimits.maximumClauseValues
    guard errors.require(values.count <= most, field, "at most \(most)") else { return }
    for (index, value) in values.enumerated() {
      errors.require(text: value, "\(field)[\(index)]", upTo: LoyaltyLimits.maximumAttributeBytes)
    }
  }
}

extension LoyaltyV1.EarnCaps {
  /// Nil where there is none.
  init?(_ caps: EarnCaps) {
    guard !caps.isEmpty else { return nil }
    self.init(
      orderPoints: caps.order ?? 0, dayPoints: caps.day ?? 0, monthPoints: caps.month ?? 0, memberPoints: caps.member ?? 0)
  }
}

extension EarnCaps {
  static func read(_ message: LoyaltyV1.EarnCaps?, _ errors: inout FieldErrors) -> EarnCaps {
    guard let message else { return EarnCaps() }
    func cap(_ points: Int64, _ name: String) -> Int64? {
      errors.require(
        (0...LoyaltyLimits.maximumCap).contains(points), "rule.caps.\(name)", "must be 0 (any) to \(LoyaltyLimits.maximumCap)")
      return points == 0 ? nil : points
    }
    return EarnCaps(
      order: cap(message.orderPoints, "order_points"), day: cap(message.dayPoints, "day_points"),
      month: cap(message.monthPoints, "month_points"), member: cap(message.memberPoints, "member_points"))
  }
}

extension OrderTender {
  /// Nil for a kind that this version does not know.
  init?(_ kind: TypeV1.TenderKind) { self.init(rawValue: kind.rawValue) }
}

extension Set<OrderTender> {
  var wire: [TypeV1.TenderKind] { map(\.rawValue).sorted().map(TypeV1.TenderKind.init) }
}
