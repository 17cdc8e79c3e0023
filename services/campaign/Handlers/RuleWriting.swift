import GoogleProto
import PatronAPI

/// From the Domain's rules to the contract's messages. Lists are written in order, so that one rule has one encoding.
enum RuleWriting {
  static func promotion(_ published: PublishedRule) -> CampaignV1.Promotion {
    let terms = published.rule.terms
    return CampaignV1.Promotion(
      promotionID: published.rule.id, version: published.rule.version, name: terms.name, products: products(terms.products),
      benefit: benefit(terms.benefit), conditions: conditions(terms.conditions), priority: terms.priority,
      state: state(published.state), heldUses: published.uses.held, committedUses: published.uses.used,
      publishTime: GoogleProtobuf.Timestamp(published.publishInstant))
  }

  static func template(_ published: PublishedRule) -> CampaignV1.CouponTemplate {
    let terms = published.rule.terms
    return CampaignV1.CouponTemplate(
      templateID: published.rule.id, version: published.rule.version, name: terms.name, products: products(terms.products),
      benefit: benefit(terms.benefit), conditions: conditions(terms.conditions), priority: terms.priority,
      state: state(published.state), usesPerCode: terms.usesPerCode, heldUses: published.uses.held,
      committedUses: published.uses.used, publishTime: GoogleProtobuf.Timestamp(published.publishInstant))
  }

  private static func state(_ state: RuleState) -> CampaignV1.PublishState {
    switch state {
    case .published: .published
    case .stopped: .stopped
    }
  }

  private static func products(_ products: ProductSet) -> CampaignV1.ProductSet {
    CampaignV1.ProductSet(
      productIDs: products.productIDs.sorted(), departments: products.departments.sorted(),
      categories: products.categories.sorted(), brands: products.brands.sorted())
  }

  private static func benefit(_ benefit: Benefit) -> CampaignV1.Benefit {
    switch benefit {
    case .percent(let basisPoints): CampaignV1.Benefit(kind: .percentBasisPoints(Int32(basisPoints)))
    case .amountOff(let amount): CampaignV1.Benefit(kind: .amountOff(money(amount)))
    }
  }

  private static func conditions(_ conditions: Conditions) -> CampaignV1.Conditions {
    CampaignV1.Conditions(
      storeIDs: conditions.storeIDs.sorted(), startDate: conditions.period.startDate.map(date),
      endDate: conditions.period.endDate.map(date), timeZone: conditions.period.timeZoneName ?? "",
      membersOnly: conditions.membersOnly, minimumAmount: conditions.minimumAmount.map(money),
      totalLimit: conditions.totalLimit ?? 0, memberLimit: conditions.memberLimit ?? 0)
  }

  private static func date(_ date: CalendarDate) -> TypeV1.Date {
    TypeV1.Date(year: Int32(date.year), month: Int32(date.month), day: Int32(date.day))
  }

  private static func money(_ amount: Amount) -> TypeV1.Money {
    TypeV1.Money(amount.minorUnits, amount.currencyCode)
  }
}
