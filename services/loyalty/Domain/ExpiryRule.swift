/// When the points of one day end, as the text of a rule says it:
///
///     never
///     365D   12M   2Y          a span, from the day on which they are earned
///     12M end_of_month         a span, and on to the end of the month, quarter or year that it ends in
///     end_of_year              the end of the month, quarter or year in which they are earned
///     end_of_year+3M           and a span more
///     12M inactive             a span that begins anew with every order of the member
///
/// An end is inclusive to the last instant of its day in the rule's zone. A span of months or years leads to the same day of another month,
/// or to that month's last day where it is shorter; from the end of a month it leads to the end of a month.
struct ExpiryRule: Equatable, Sendable {
  struct Span: Equatable, Sendable {
    enum Unit: Character, CaseIterable, Sendable {
      case days = "D"
      case months = "M"
      case years = "Y"
    }

    var count: Int
    var unit: Unit
  }

  enum Period: String, CaseIterable, Sendable {
    case month = "end_of_month"
    case quarter = "end_of_quarter"
    case year = "end_of_year"
  }

  enum Form: Equatable, Sendable {
    case never
    case span(Span)
    case spanToEnd(Span, of: Period)
    case end(of: Period, plus: Span?)
    case inactivity(Span)
  }

  /// Of a text, in bytes.
  static let longestText = 32
  private static let inactive = "inactive"

  var form: Form

  init(_ form: Form) { self.form = form }

  /// Nil for what is no rule, or one whose span is 0 or beyond fifty years.
  init?(_ text: String) {
    guard text.utf8.count <= Self.longestText else { return nil }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    switch words.count {
    case 1 where text == "never": form = .never
    case 1:
      if let span = Span(words[0]) {
        form = .span(span)
      } else {
        let parts = words[0].split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count <= 2, let period = Period(rawValue: String(parts[0])) else { return nil }
        let more = parts.count == 2 ? Span(parts[1]) : nil
        guard parts.count == 1 || more != nil else { return nil }
        form = .end(of: period, plus: more)
      }
    case 2:
      guard let span = Span(words[0]) else { return nil }
      if words[1] == Self.inactive {
        form = .inactivity(span)
      } else {
        guard let period = Period(rawValue: String(words[1])) else { return nil }
        form = .spanToEnd(span, of: period)
      }
    default: return nil
    }
  }

  /// The text that says it; there is one for each rule.
  var text: String {
    switch form {
    case .never: "never"
    case .span(let span): span.text
    case .spanToEnd(let span, let period): "\(span.text) \(period.rawValue)"
    case .end(let period, let more): period.rawValue + (more.map { "+\($0.text)" } ?? "")
    case .inactivity(let span): "\(span.text) \(Self.inactive)"
    }
  }

  var isPlainSpan: Bool {
    if case .span = form { return true }
    return false
  }

  var isOfInactivity: Bool {
    if case .inactivity = form { return true }
    return false
  }

  /// For rules that are a number of months and nothing else, or never (0): what callers knew before there were others.
  var plainMonths: Int? {
    switch form {
    case .never: 0
    case .span(let span) where span.unit == .months: span.count
    default: nil
    }
  }

  static func months(_ months: Int) -> ExpiryRule {
    ExpiryRule(months == 0 ? .never : .span(Span(count: months, unit: .months)))
  }

  /// Whole days that points live at least, after the day on which they are earned; nil for ever.
  var fewestDays: Int? {
    switch form {
    case .never: nil
    case .span(let span), .spanToEnd(let span, _), .inactivity(let span): span.fewestDays
    case .end(_, let more): more?.fewestDays ?? 0
    }
  }
}

extension ExpiryRule.Span {
  /// Fifty years, in days of the longest fifty.
  private static let mostDays = 50 * 366
  private static let monthsOfAYear = 12

  fileprivate init?(_ text: Substring) {
    guard let last = text.last, let unit = Unit(rawValue: last) else { return nil }
    let digits = text.dropLast()
    // One text for each span: no sign, no zero in front.
    guard (1...5).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != "0",
      let count = Int(digits)
    else { return nil }
    self.init(count: count, unit: unit)
    switch unit {
    case .days: guard count <= Self.mostDays else { return nil }
    case .months, .years: guard months <= LoyaltyLimits.maximumMonths else { return nil }
    }
  }

  var text: String { "\(count)\(unit.rawValue)" }

  /// - Precondition: not of days.
  var months: Int {
    precondition(unit != .days, "a span of days is no number of months")
    return unit == .years ? count * Self.monthsOfAYear : count
  }

  var fewestDays: Int { unit == .days ? count : months * LoyaltyLimits.fewestDaysOfAMonth }
}
