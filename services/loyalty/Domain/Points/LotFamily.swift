/// An order's own lot and the lots that its points went on to: by transfers, from member to member, and by reinstatements.
///
/// When the order is returned, what its own lot lacks is brought back from there first, link by link, as if the transfers had been smaller; only
/// then is anything taken from the sender's other lots, and the rest is the sender's debt. Otherwise who buys, sends the points to a friend and
/// returns the goods has kept them, at the price of a debt that an account which is never used again does not repay.
struct LotFamily: Equatable, Sendable {
  struct Node: Equatable, Sendable {
    var lot: Lot
    var memberID: String
    /// Of the lot that it came out of; nil for the order's own.
    var parent: Int?
  }

  /// Points that go back from a lot to the one that they came out of, through one transfer.
  struct Link: Equatable, Sendable {
    var lotID: String
    var memberID: String
    var parentLotID: String
    var parentMemberID: String
    var transferID: String
    /// Of those that remain in the lot, or came back into it from further on.
    var points: Int64
    /// Of those that expired: nobody has them, and the order's own lot counts them as gone.
    var expired: Int64
  }

  /// Each parent before its children, generation by generation, and those of one parent in the order in which they were sent.
  private(set) var nodes: [Node]

  init(own lot: Lot, of memberID: String) {
    nodes = [Node(lot: lot, memberID: memberID, parent: nil)]
  }

  mutating func append(_ lot: Lot, of memberID: String, from parent: Int) {
    nodes.append(Node(lot: lot, memberID: memberID, parent: parent))
  }

  /// All whose lots are among them.
  var memberIDs: Set<String> { Set(nodes.map(\.memberID)) }

  /// How many of `points` that a return takes back are neither in the order's own lot nor expired there.
  func missing(of points: Int64) -> Int64 {
    max(0, points - nodes[0].lot.remaining - nodes[0].lot.expired)
  }

  /// What goes back where, to find `points`: the nearest lots first, of each what remains and then what expired. In an order in which no lot gives
  /// what it has not got yet: the furthest first.
  func links(findingUpTo points: Int64) -> [Link] {
    var left = points
    var found = nodes.map { _ in (points: Int64(0), expired: Int64(0)) }
    for (index, node) in nodes.enumerated() where isSent(node) {
      found[index].points = min(left, node.lot.remaining)
      left -= found[index].points
      found[index].expired = min(left, node.lot.expired)
      left -= found[index].expired
    }
    var links: [Link] = []
    for (index, node) in nodes.enumerated().reversed() where isSent(node) {
      guard let parent = node.parent, found[index] != (0, 0) else { continue }
      links.append(
        Link(
          lotID: node.lot.lotID, memberID: node.memberID, parentLotID: nodes[parent].lot.lotID, parentMemberID: nodes[parent].memberID,
          transferID: node.lot.transferID, points: found[index].points, expired: found[index].expired))
      found[parent].points += found[index].points
      found[parent].expired += found[index].expired
    }
    return links
  }

  /// A lot that was reinstated is its member's own, and found among the other lots.
  private func isSent(_ node: Node) -> Bool { !node.lot.transferID.isEmpty }
}
