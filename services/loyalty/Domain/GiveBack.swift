internal import Foundation

/// Where a return puts spent points: into the lots they were drawn from, the last drawn first, so that what stays spent is what
/// a smaller purchase would have drawn. Points whose lot has expired meanwhile go together into one grace lot.
struct GiveBack: Equatable, Sendable {
  /// What a hold drew out of a lot, and how much of that earlier returns gave back.
  struct SpentDraw: Equatable, Sendable {
    var position: Int
    var lotID: String
    var expiresAt: Date
    var points: Int64
    var givenBack: Int64
  }

  struct Part: Equatable, Sendable {
    var position: Int
    var lotID: String
    var points: Int64
    var toGraceLot: Bool
  }

  var parts: [Part]

  var gracePoints: Int64 { parts.reduce(0) { $1.toGraceLot ? $0 + $1.points : $0 } }

  /// - Precondition: `points` is at most what the draws have not given back.
  static func plan(_ points: Int64, to draws: [SpentDraw], at instant: Date) -> GiveBack {
    var parts: [Part] = []
    var left = points
    for draw in draws.sorted(by: { $0.position > $1.position }) where left > 0 {
      let share = min(left, draw.points - draw.givenBack)
      guard share > 0 else { continue }
      parts.append(Part(position: draw.position, lotID: draw.lotID, points: share, toGraceLot: draw.expiresAt <= instant))
      left -= share
    }
    precondition(left == 0, "a return gives back at most what was drawn")
    return GiveBack(parts: parts)
  }
}
