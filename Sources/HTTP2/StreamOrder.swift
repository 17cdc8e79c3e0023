/// Watches that the ids of the peer's streams only grow.
///
/// nghttp2 ignores HEADERS on an id below the highest, since they may be trailers that crossed a reset on the wire. That is so only for
/// an id that was once opened; one that was skipped is closed by the first use of a higher one (RFC 9113 section 5.1.1), and using it is
/// a connection error. The skipped ranges are remembered, the latest few: honest clients skip none.
struct StreamOrder {
  private var highest: Int32 = -1
  private var skipped: [ClosedRange<Int32>] = []

  private static let rangesKept = 32

  /// Whether HEADERS on this id open a stream that the peer had skipped.
  mutating func isSkipped(_ id: Int32) -> Bool {
    if id > highest {
      let next = highest + 2
      if next < id {
        if skipped.count == StreamOrder.rangesKept { skipped.removeFirst() }
        skipped.append(next...(id - 2))
      }
      highest = id
      return false
    }
    return skipped.contains { $0.contains(id) }
  }
}
