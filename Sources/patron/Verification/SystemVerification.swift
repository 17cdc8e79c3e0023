import PatronAPI
import RPC

/// Proves the invariants across services from outside, through the gateway, while the services may be at work.
///
/// One reading is no snapshot: while it is taken, orders move on. So what a reading finds untrue of an order is believed only when
/// the next reading finds it too, word for word; and sums are compared only when the readings before and after them are equal, that
/// is, when nothing moved.
struct SystemVerification: Sendable {
  struct Report: Sendable {
    var differences: [TypeV1.Difference]
    var orders: Int
    var entries: Int64
    /// Whether the services were still long enough for their sums to be compared. Where they were not, nothing is proven.
    var comparedSums: Bool

    var outcome: String {
      if !differences.isEmpty { return "\(differences.count) differences" }
      return comparedSums ? "no differences" : "unproven: the services never stood still, so their sums were not compared; run it again"
    }
  }

  /// How long past its expiry or its decision an order, and past its writing a return, may be open: recovery needs seconds.
  static let defaultGrace = Duration.seconds(120)

  /// How often it reads anew when something moved.
  static let attempts = 10
  private static let pause = Duration.milliseconds(300)

  private let reader: SystemReader
  private let progress = VerificationProgress()
  private let grace: Duration

  init(_ channel: any RPCChannel, grace: Duration = defaultGrace) {
    reader = SystemReader(channel, progress)
    self.grace = grace
  }

  func run() async throws -> Report {
    defer { progress.finish() }
    var before = try await reader.reading()
    var persisting = Set(differences(in: before).map(Found.init))
    var own: [TypeV1.Difference] = []
    var entries: Int64 = 0
    for attempt in 1...Self.attempts {
      let loyalty = try await reader.verifyLoyalty()
      let campaign = try await reader.verifyCampaign()
      let inventory = try await reader.verifyInventory()
      let after = try await reader.reading()
      persisting.formIntersection(differences(in: after).map(Found.init))
      own = inventory.differences + loyalty.differences + campaign.differences
      entries = loyalty.entriesChecked + campaign.entriesChecked
      if after.isStill(since: before) {
        let sums = SumChecks.differences(OrderSums(after.orders.values), loyalty: loyalty, campaign: campaign)
        let differences = differences(in: after) + sums + own
        return Report(differences: differences, orders: after.orders.count, entries: entries, comparedSums: true)
      }
      before = after
      if attempt < Self.attempts { try await Task.sleep(for: Self.pause) }
    }
    let differences = differences(in: before).filter { persisting.contains(Found($0)) } + own
    return Report(differences: differences, orders: before.orders.count, entries: entries, comparedSums: false)
  }

  private func differences(in reading: SystemReading) -> [TypeV1.Difference] {
    OrderChecks.differences(in: reading) + OverdueChecks.differences(in: reading, grace: grace)
  }

  /// A difference as the key of a set.
  private struct Found: Hashable {
    let text: String

    init(_ difference: TypeV1.Difference) { text = SystemVerification.line(difference) }
  }

  /// A difference in one line.
  static func line(_ difference: TypeV1.Difference) -> String {
    let ids = difference.ids.isEmpty ? "" : " \(difference.ids.joined(separator: " "))"
    return "\(difference.check)\(ids): expected \(difference.expected), found \(difference.found)"
  }
}
