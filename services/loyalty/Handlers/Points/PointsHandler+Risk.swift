internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

extension PointsHandler {
  func listRiskSignals(
    _ request: LoyaltyV1.ListRiskSignalsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListRiskSignalsResponse {
    try context.caller.require(anyOf: .loyaltyRead, .loyaltyWrite)
    let now = environment.clock.now()
    let earliest = now.addingTimeInterval(-TimeInterval(RiskPolicy.maximumDays * 86_400))
    var errors = FieldErrors()
    let kind = RiskKind(request.kind)
    errors.require(kind != nil, "kind", "must be a known kind")
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(request.sinceTime?.isValid ?? true, "since_time", "must be within the years 1 to 9999")
    let since = request.sinceTime.flatMap { $0.isValid ? $0.date : nil } ?? earliest
    errors.require(since >= earliest, "since_time", "must be at most \(RiskPolicy.maximumDays) days ago")
    try errors.throwIfAny()
    guard let kind else { preconditionFailure("a kind that is none was refused") }
    // Without the instant: what "92 days ago" is moves from page to page.
    let asked = request.sinceTime?.date.microsecondsSince1970 ?? 0
    let list = "loyalty.risk-signals kind=\(kind.rawValue) member=\(request.memberID) since=\(asked)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let previous = try page.after.map { RiskReader.Subject(memberID: try $0.text(0), staffID: try $0.text(1)) }
    return try await environment.database.maintenanceRead(deadline: context.deadline?.instant) { snapshot in
      let reader = RiskReader(kind: kind, policy: try PointsPolicyStore.inForce(snapshot), since: since, memberID: request.memberID)
      let (signals, next) = try reader.signals(after: previous, limit: page.size, snapshot)
      let token = next.map { PageToken(list: list, keys: [.text($0.memberID), .text($0.staffID)]).encoded }
      return LoyaltyV1.ListRiskSignalsResponse(
        signals: signals.map(LoyaltyV1.RiskSignal.init), nextPageToken: token ?? "", asOfTime: GoogleProtobuf.Timestamp(now))
    }
  }
}
