/// Whose points are set aside, or were spent: what names the draws out of the lots. Orders, rewards and tickets draw alike, and give back alike.
enum PointSpender: Equatable, Sendable {
  case order(String)
  /// A redemption, or a purchase of tickets.
  case reward(String)

  var id: String {
    switch self {
    case .order(let id), .reward(let id): id
    }
  }
}
