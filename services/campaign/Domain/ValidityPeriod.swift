import Foundation

/// When a rule is in force: from the first instant of one day to the last instant of another, both in one zone.
///
/// The instants are resolved once, when the rule is published, and kept beside the dates. A later change of the zone's own
/// rules on some machine therefore neither moves a published end nor lets two replicas disagree.
struct ValidityPeriod: Sendable, Hashable {
  /// Nil: in force as soon as it is published.
  let startDate: CalendarDate?
  /// Inclusive. Nil: in force until it is stopped.
  let endDate: CalendarDate?
  /// The IANA name, as it was given; nil only when there are no dates.
  let timeZoneName: String?
  /// The first instant in force.
  let openInstant: Date?
  /// The first instant no longer in force.
  let closeInstant: Date?

  /// Always in force.
  static let unbounded = ValidityPeriod(
    startDate: nil, endDate: nil, timeZoneName: nil, openInstant: nil, closeInstant: nil)

  /// Where an instant lies.
  enum Position: Sendable, Hashable {
    case before
    case within
    case after
  }

  func position(of instant: Date) -> Position {
    if let openInstant, instant < openInstant { return .before }
    if let closeInstant, instant >= closeInstant { return .after }
    return .within
  }
}

extension ValidityPeriod {
  /// Resolves the dates in their zone.
  init(startDate: CalendarDate?, endDate: CalendarDate?, zone: IANATimeZone) {
    self.init(
      startDate: startDate, endDate: endDate, timeZoneName: zone.name, openInstant: startDate?.start(in: zone.timeZone),
      closeInstant: endDate?.end(in: zone.timeZone))
  }
}

/// A zone of the IANA data base, under the name that it was given by.
struct IANATimeZone: Sendable, Hashable {
  let name: String
  let timeZone: TimeZone

  /// Nil for anything but a name of the data base. Foundation alone would also take offsets ("GMT+8") and abbreviations
  /// ("EST"), which know no daylight saving time and are rarely what is meant.
  init?(name: String) {
    guard name == "UTC" || name == "GMT" || name.contains("/"), let timeZone = TimeZone(identifier: name) else { return nil }
    self.name = name
    self.timeZone = timeZone
  }
}
