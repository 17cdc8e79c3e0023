/// A place in a feed: after which event of which life of the database. Opaque to consumers.
///
/// One partition here; a version byte leaves room for several. A restore gives the database another epoch, since positions after
/// the backup are then given a second time, to other events.
struct FeedCursor: Equatable, Sendable {
  private static let version: UInt8 = 1
  private static let positionBytes = 8

  let epoch: [UInt8]
  let position: Int64

  init(epoch: [UInt8], position: Int64) {
    self.epoch = epoch
    self.position = position
  }

  /// Reads what `bytes` gave; nil for anything else.
  init?(_ bytes: [UInt8]) {
    guard bytes.count > 1 + Self.positionBytes, bytes.first == Self.version else { return nil }
    let position = bytes.suffix(Self.positionBytes).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    guard position >= 0 else { return nil }
    self.init(epoch: Array(bytes.dropFirst().dropLast(Self.positionBytes)), position: position)
  }

  var bytes: [UInt8] {
    [Self.version] + epoch + (0..<Self.positionBytes).reversed().map { UInt8(truncatingIfNeeded: position >> ($0 * 8)) }
  }
}
