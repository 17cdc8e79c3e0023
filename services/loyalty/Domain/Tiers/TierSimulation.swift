/// What a draft would make of members, beside the scheme in force: how many go from which tier to which, and some of them by name.
struct TierSimulation: Equatable, Sendable {
  static let maximumSamples = 100

  struct Pair: Hashable, Sendable {
    /// Positions in the tiers of the scheme in force, and of the draft.
    var current: Int
    var draft: Int
  }

  struct Cell: Equatable, Sendable {
    var members: Int64 = 0
    /// The first of them, where the tier's code changes.
    var sample: [String] = []
  }

  let current: TierScheme
  let draft: TierScheme
  /// How many members to name for each pair.
  let samples: Int
  private(set) var cells: [Pair: Cell] = [:]
  private(set) var members: Int64 = 0
  private(set) var raised: Int64 = 0
  private(set) var lowered: Int64 = 0

  init(current: TierScheme, draft: TierScheme, samples: Int) {
    (self.current, self.draft, self.samples) = (current, draft, samples)
  }

  mutating func count(_ memberID: String, from position: Int, to draftPosition: Int) {
    members += 1
    let (code, draftCode) = (current.tiers[position].code, draft.tiers[draftPosition].code)
    var cell = cells[Pair(current: position, draft: draftPosition)] ?? Cell()
    cell.members += 1
    if code != draftCode {
      if cell.sample.count < samples { cell.sample.append(memberID) }
      // A tier is the same by its code. Where the draft has none of that code, its place among the tiers says which way it went.
      let rank = draft.tiers.firstIndex { $0.code == code } ?? position
      if draftPosition > rank { raised += 1 }
      if draftPosition < rank { lowered += 1 }
    }
    cells[Pair(current: position, draft: draftPosition)] = cell
  }
}
