import GoogleProto
import PatronAPI
import Testing

@testable import Loyalty

extension LoyaltyRig {
  var reports: LoyaltyV1.ReportServiceClient { LoyaltyV1.ReportServiceClient(channel: service.channel) }

  func report(
    _ start: String = "2000-01-01T00:00:00Z", to end: String = "2100-01-01T00:00:00Z", by period: LoyaltyV1.ReportPeriod = .unspecified,
    _ dimension: LoyaltyV1.ReportDimension = .unspecified, byIssue: Bool = false
  ) async throws -> [LoyaltyV1.ReportLine] {
    try await reports.reportPoints(
      LoyaltyV1.ReportPointsRequest(
        startTime: GoogleProtobuf.Timestamp(instant(start)), endTime: GoogleProtobuf.Timestamp(instant(end)), period: period,
        dimension: dimension, byIssue: byIssue)
    ).lines
  }

  /// Every report of everything comes to what members have, less what they owe, and to the sums of `Verify`.
  func expectReportsAgree(members: [String], _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    var outstanding: Int64 = 0
    for member in members {
      let balance = try await balance(member)
      outstanding += balance.spendablePoints + balance.pendingPoints + balance.heldPoints - balance.debtPoints
    }
    let sums = try await verify()
    for dimension in [LoyaltyV1.ReportDimension.unspecified, .store, .issuingStore, .tier, .ruleVersion] {
      for byIssue in [false, true] {
        let lines = try await report(dimension, byIssue: byIssue)
        func total(_ part: (LoyaltyV1.ReportLine) -> Int64) -> Int64 { lines.reduce(0) { $0 + part($1) } }
        if dimension != .store { #expect(total(\.closingPoints) == outstanding, comment, sourceLocation: sourceLocation) }
        #expect(
          [total(\.earnedPoints), total(\.awardedPoints), total(\.takenBackPoints), total(\.spentPoints), total(\.givenBackPoints)]
            == [sums.pointsEarned, sums.pointsAwarded, sums.pointsTakenBack, sums.pointsSpent, sums.pointsGivenBack],
          comment, sourceLocation: sourceLocation)
        #expect(total(\.adjustedPoints) == sums.pointsAdjusted, comment, sourceLocation: sourceLocation)
        #expect(total(\.transferredPoints) == 0, comment, sourceLocation: sourceLocation)
        #expect(total(\.transferFeePoints) == sums.pointsTransferFees, comment, sourceLocation: sourceLocation)
      }
    }
  }

  private func report(_ dimension: LoyaltyV1.ReportDimension, byIssue: Bool) async throws -> [LoyaltyV1.ReportLine] {
    try await report("1970-01-02T00:00:00Z", to: "2999-01-01T00:00:00Z", by: .unspecified, dimension, byIssue: byIssue)
  }
}
