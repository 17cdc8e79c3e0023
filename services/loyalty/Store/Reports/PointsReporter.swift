internal import Database
internal import Foundation

/// Runs a `PointsReport` over all members, a batch at a time, as `TierSimulator` does: each batch is a snapshot of its own, so none is pinned
/// for the time of all. What is written in between counts or does not; a member is in one batch and is never counted half.
struct PointsReporter: Sendable {
  static let membersOfABatch = 1_000

  let database: Database
  let program: Program
  let instant: Date

  /// - Throws: `ReportRefusal.tooLarge`.
  func run(_ report: PointsReport, deadline: ContinuousClock.Instant? = nil) async throws -> PointsReport {
    var report = report
    var after: String? = ""
    while let from = after {
      try Task.checkCancellation()
      let before = report
      (report, after) = try await database.maintenanceRead(deadline: deadline) { snapshot in
        var report = before
        let last = try addBatch(after: from, to: &report, snapshot)
        return (report, last)
      }
      if report.isTooLarge { throw ReportRefusal.tooLarge }
    }
    return report
  }

  /// Says who was the last of the batch; nil where there are no more.
  private func addBatch(after first: String, to report: inout PointsReport, _ reader: some Queryable) throws -> String? {
    let members = try MemberAccountStore.members(after: first, limit: Self.membersOfABatch, reader)
    guard let last = members.last?.memberID else { return nil }
    let tiers =
      report.dimension == .tier
      ? try TiersOfMembers(
        by: [program.scheme], program.rule.calendar, after: first, through: last, at: min(report.span.end, instant), reader) : nil
    let lapsed = try PointsMovementStore.lapsed(ofMembersAfter: first, through: last, at: instant, reader)
    var firstLines = members.makeIterator()
    func add(_ movements: [PointsReport.Movement], of memberID: String) {
      // Members and movements come in the same order, and every member with movements has a row.
      var firstLine: Date?
      while let member = firstLines.next() {
        firstLine = member.firstLine
        if member.memberID == memberID { break }
      }
      let code = tiers.map { program.scheme.tiers[$0.positions(of: memberID, firstLine: firstLine)[0]].code } ?? ""
      report.add(movements + (lapsed[memberID] ?? []), ofTier: code)
    }
    var (current, ofCurrent) = ("", [PointsReport.Movement]())
    try PointsMovementStore.forEach(ofMembersAfter: first, through: last, reader) { memberID, movement in
      if memberID != current {
        if !ofCurrent.isEmpty { add(ofCurrent, of: current) }
        (current, ofCurrent) = (memberID, [])
      }
      ofCurrent.append(movement)
    }
    if !ofCurrent.isEmpty { add(ofCurrent, of: current) }
    return members.count == Self.membersOfABatch ? last : nil
  }
}
