/// The ids that one write may need, all derived from one that was taken before its transaction.
///
/// How many entries a write makes is known only inside its closure (each lapsed lot is one), and a closure may run twice and must
/// then make the same ids. The first id of each kind is the body itself; the others add a number to it.
struct MovementIDs: Sendable {
  private var body: Substring
  private var entries = 0
  private var lots = 0
  private var events = 0

  /// `id` is fresh, of any prefix.
  init(from id: String) {
    body = id.drop { $0 != "_" }.dropFirst()
  }

  /// Ids of their own for one of several members whom one write moves points of.
  func branch(_ number: Int) -> MovementIDs {
    guard number > 0 else { return self }
    var branch = self
    branch.body += "-m\(number)"
    return branch
  }

  mutating func nextEntry() -> String { Self.next("ent_", body, &entries) }
  mutating func nextLot() -> String { Self.next("lot_", body, &lots) }
  mutating func nextEvent() -> String { Self.next("evt_", body, &events) }

  private static func next(_ prefix: String, _ body: Substring, _ count: inout Int) -> String {
    count += 1
    return count == 1 ? prefix + body : "\(prefix)\(body)-\(count)"
  }
}
