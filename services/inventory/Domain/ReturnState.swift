/// Where a return stands. It was decided when it was written, so it only rolls forward.
enum ReturnState: Int64, Sendable, CaseIterable {
  /// Counted against the order at once; participants are being told to reverse. Goes to `returned`.
  case returning = 1
  /// The goods are booked back and the reply is kept. Final.
  case returned = 2
}
