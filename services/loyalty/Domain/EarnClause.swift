internal import Foundation

/// One exception to the rate of its rule: for which lines of which orders, and what then.
///
/// What wins, for each line: an exclusion, whatever else is said of the line. Then the rate of the first clause that gives the line one,
/// else the rule's own: whoever publishes puts the special before the general, and a rate may be lower than the base. Then the largest
/// multiplier, once: were they multiplied, three campaigns that each cost little would together cost what nobody decided, and a clause that
/// is added could never be priced by itself. Bonus points of different clauses add up, since each is a sum that somebody named.
struct EarnClause: Equatable, Sendable {
  enum Effect: Equatable, Sendable {
    /// The lines earn nothing.
    case exclude
    /// Points over the rule's own denominator: one denominator for all lines, so that the order is floored once.
    case rate(numerator: Int64)
    /// Above 100: who wants to give less says a rate.
    case multiply(percent: Int64)
    /// Once an order that has a net spend, on top.
    case bonus(points: Int64)
  }

  var name: String
  var products = EarnProducts()
  var conditions = EarnConditions()
  var effect: Effect
}

/// Which lines. Every list that is not empty must contain the line's value; all empty means every line.
struct EarnProducts: Equatable, Sendable {
  var productIDs: Set<String> = []
  var categories: Set<String> = []
  var brands: Set<String> = []
  var departments: Set<String> = []

  func contain(_ product: EarnProduct) -> Bool {
    productIDs.allows(product.productID) && categories.allows(product.category) && brands.allows(product.brand)
      && departments.allows(product.department)
  }
}

/// What a line is of; empty where nobody knows.
struct EarnProduct: Equatable, Sendable {
  var productID = ""
  var category = ""
  var brand = ""
  var department = ""
}

/// Which orders. Every list that is not empty must contain the order's value; what is absent asks nothing.
struct EarnConditions: Equatable, Sendable {
  var storeIDs: Set<String> = []
  /// One of the order's is enough.
  var tenders: Set<OrderTender> = []
  var tierCodes: Set<String> = []
  /// 1 is Monday.
  var weekdays: Set<Int> = []
  var birthdayWeek = false
  /// One of the order's is enough.
  var promotionIDs: Set<String> = []
  var start: Date?
  /// The first instant after.
  var end: Date?

  func hold(for facts: EarnFacts, in calendar: ProgramCalendar) -> Bool {
    storeIDs.allows(facts.storeID) && tierCodes.allows(facts.tierCode)
      && (tenders.isEmpty || !tenders.isDisjoint(with: facts.tenders))
      && (promotionIDs.isEmpty || !promotionIDs.isDisjoint(with: facts.promotionIDs))
      && (!birthdayWeek || facts.isBirthdayWeek)
      && (start.map { $0 <= facts.instant } ?? true) && (end.map { facts.instant < $0 } ?? true)
      && (weekdays.isEmpty || weekdays.contains(calendar.weekday(of: facts.instant)))
  }
}

/// How a part of an order is paid. The numbers are those of the contract.
enum OrderTender: Int32, Sendable, CaseIterable {
  case cash = 1
  case card = 2
  case points = 3
  case storedValue = 4
  case voucher = 5
}

/// What the clauses of a rule ask about an order beside its lines.
struct EarnFacts: Equatable, Sendable {
  var storeID = ""
  var tenders: Set<OrderTender> = []
  /// Of promotions and of coupons' templates that take something off the order.
  var promotionIDs: Set<String> = []
  /// Told by the gateway: no birthday comes here.
  var isBirthdayWeek = false
  var tierCode = ""
  /// When the order was priced.
  var instant: Date
}

extension Set<String> {
  fileprivate func allows(_ value: String) -> Bool { isEmpty || contains(value) }
}
