/// What a few callers asked of a few counters at the same time, and whether a single caller could have got the same answers.
///
/// An operation is legal at its place in an order when the counters, as the operations before it left them, give its answer. An order respects
/// real time when what was answered before another was asked comes before it. A history that has such an order is strictly serializable.
enum CounterOperation: Hashable, Sendable, CustomStringConvertible {
  case read(Int)
  case readAll
  case set(Int, Int)
  case add(Int, Int)
  /// One more, unless the counter is at its limit.
  case use(Int, limit: Int)
  /// From one to another, if the one has as many.
  case move(Int, Int, Int)

  /// What it answers on `counters`, and what it leaves of them.
  func apply(to counters: inout [Int]) -> [Int] {
    switch self {
    case .read(let one): return [counters[one]]
    case .readAll: return counters
    case .set(let one, let value):
      counters[one] = value
      return []
    case .add(let one, let value):
      counters[one] += value
      return [counters[one]]
    case .use(let one, let limit):
      guard counters[one] < limit else { return [0] }
      counters[one] += 1
      return [1]
    case .move(let one, let other, let value):
      guard counters[one] >= value else { return [0] }
      counters[one] -= value
      counters[other] += value
      return [1]
    }
  }

  var isRead: Bool {
    switch self {
    case .read, .readAll: true
    default: false
    }
  }

  var description: String {
    switch self {
    case .read(let one): "read \(one)"
    case .readAll: "read all"
    case .set(let one, let value): "set \(one) to \(value)"
    case .add(let one, let value): "add \(value) to \(one)"
    case .use(let one, let limit): "use \(one) up to \(limit)"
    case .move(let one, let other, let value): "move \(value) from \(one) to \(other)"
    }
  }

  static func random(counters: Int, using random: inout SeededGenerator) -> CounterOperation {
    func counter() -> Int { Int.random(in: 0..<counters, using: &random) }
    switch Int.random(in: 0..<10, using: &random) {
    case 0...1: return .read(counter())
    case 2...3: return .readAll
    case 4: return .set(counter(), Int.random(in: 0...9, using: &random))
    case 5...6: return .add(counter(), Int.random(in: 1...9, using: &random))
    case 7: return .use(counter(), limit: Int.random(in: 1...5, using: &random))
    default: return .move(counter(), counter(), Int.random(in: 1...4, using: &random))
    }
  }
}

struct History: Sendable, CustomStringConvertible {
  struct Event: Sendable {
    let operation: CounterOperation
    /// By one counter for all callers.
    let asked: Int
    let answered: Int
    let answer: [Int]
  }

  let initial: [Int]
  var events: [Event]

  /// Searches for an order (Wing and Gong), remembering which sets of operations, with which counters after them, lead nowhere.
  var isSerializable: Bool {
    precondition(events.count <= 16, "the search is exponential")
    struct Place: Hashable {
      let done: UInt32
      let counters: [Int]
    }
    var deadEnds: Set<Place> = []
    func search(_ done: UInt32, _ counters: [Int]) -> Bool {
      if done == (1 << UInt32(events.count)) - 1 { return true }
      guard !deadEnds.contains(Place(done: done, counters: counters)) else { return false }
      let open = events.indices.filter { done & (1 << UInt32($0)) == 0 }
      // Whatever was answered first bounds who may come next: nothing that was asked after that.
      let bound = open.map { events[$0].answered }.min() ?? 0
      for index in open where events[index].asked <= bound {
        var after = counters
        guard events[index].operation.apply(to: &after) == events[index].answer else { continue }
        if search(done | 1 << UInt32(index), after) { return true }
      }
      deadEnds.insert(Place(done: done, counters: counters))
      return false
    }
    return search(0, initial)
  }

  var description: String {
    "from \(initial): "
      + events.sorted { $0.asked < $1.asked }.map { "[\($0.asked)…\($0.answered)] \($0.operation) → \($0.answer)" }.joined(separator: "; ")
  }
}
