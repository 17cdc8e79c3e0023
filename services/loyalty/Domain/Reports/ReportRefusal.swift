/// Why loyalty says no to what is asked about its books.
enum ReportRefusal: Error, Equatable, Sendable {
  /// More lines, or periods, than one report has.
  case tooLarge
  case entryUnknown
}
