/// Why no ticket is sold, or no draw is run (the table stands in README.md).
enum DrawRefusal: Error, Equatable, Sendable {
  case drawUnknown
  case drawExists
  case notBegun
  case closed
  /// It is not over yet.
  case notClosed
  case tier
  case ticketLimit(left: Int64)
  case state(PrizeDraw.State)
}
