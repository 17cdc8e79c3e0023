internal import Foundation

/// What was sold at once: some uses, for some time.
struct EntitlementPeriod: Equatable, Sendable {
  struct Anchor: Equatable, Sendable {
    var start: Date
    /// How many spans after it the period ends: 1 for the first.
    var spans: Int
  }

  var number: Int64
  var planVersion: Int64
  var storeID: String
  /// As sold. Freezes move both by whole days; a period without an end keeps having none.
  let soldStart: Date
  let soldEnd: Date
  /// Spans are counted from here: periods that follow one another without a gap keep the day of the month that the first began on.
  let anchor: Anchor
  var startDelayDays = 0
  var endDelayDays = 0
  /// 0 is without a count.
  var uses: Int64
  var used: Int64 = 0
  /// Of holds that have not lapsed.
  var held: Int64 = 0
  var price: Int64
  var currencyCode: String
  var payment: TopUpStore.Payment
  /// What was paid back when it was ended; nil while it was not.
  var refunded: Int64?
  var start: Date
  /// The first instant after its last day.
  var end: Date

  init(
    number: Int64, planVersion: Int64, storeID: String, soldStart: Date, soldEnd: Date, anchor: Anchor, uses: Int64, price: Int64,
    currencyCode: String, payment: TopUpStore.Payment
  ) {
    self.number = number
    self.planVersion = planVersion
    self.storeID = storeID
    self.soldStart = soldStart
    self.soldEnd = soldEnd
    self.anchor = anchor
    self.uses = uses
    self.price = price
    self.currencyCode = currencyCode
    self.payment = payment
    start = soldStart
    end = soldEnd
  }

  var isSold: Bool { refunded == nil }
  var isCounted: Bool { uses > 0 }
  var isEndless: Bool { soldEnd == ProgramCalendar.never }
  var frozenDays: Int { endDelayDays - startDelayDays }
  func runs(at instant: Date) -> Bool { isSold && start <= instant && instant < end }

  /// What may still be used; nil without a count.
  var left: Int64? { isCounted ? uses - used - held : nil }

  mutating func delay(start startDays: Int, end endDays: Int, _ calendar: ProgramCalendar) {
    startDelayDays += startDays
    endDelayDays += endDays
    start = calendar.instant(soldStart, plusDays: startDelayDays)
    if !isEndless { end = calendar.instant(soldEnd, plusDays: endDelayDays) }
  }

  /// What is paid back when the period ends at `instant`: the price times what is unused, in uses and in days that have not begun, by the
  /// one of which less is left, rounded down.
  func refund(at instant: Date, _ calendar: ProgramCalendar) -> Int64 {
    guard instant < end else { return 0 }
    var amounts = [price]
    if isCounted { amounts.append(price * (uses - used - held) / uses) }
    if !isEndless, start <= instant {
      let all = calendar.days(from: start, to: end) - frozenDays
      // The day that has begun is used; days that lie behind while it was frozen are none of those that were sold.
      let left = min(all, max(0, calendar.days(from: instant, to: end) - 1))
      amounts.append(all > 0 ? price * Int64(left) / Int64(all) : 0)
    }
    return amounts.min() ?? 0
  }
}
