import GoogleProto
import PatronAPI
import Testing

@testable import Loyalty

extension LoyaltyRig {
  var points: LoyaltyV1.PointsServiceClient { LoyaltyV1.PointsServiceClient(channel: service.channel) }

  /// Transfers without limits and without a fee, but for what the test says.
  @discardableResult
  func allowTransfers(_ change: (inout LoyaltyV1.TransferPolicy) -> Void = { _ in }) async throws -> LoyaltyV1.PointsPolicy {
    var transfers = LoyaltyV1.TransferPolicy(allowed: true, receivedMayBeSentOn: true)
    change(&transfers)
    return try await publish(LoyaltyV1.PointsPolicy(transfers: transfers))
  }

  @discardableResult
  func publish(_ policy: LoyaltyV1.PointsPolicy) async throws -> LoyaltyV1.PointsPolicy {
    let reply = try await points.publishPointsPolicy(LoyaltyV1.PublishPointsPolicyRequest(requestID: freshID(), policy: policy))
    return try #require(reply.policy)
  }

  func transferRequest(
    _ reference: String, _ points: Int64, from sender: String = "mem_a", to receiver: String = "mem_b"
  ) -> LoyaltyV1.TransferPointsRequest {
    LoyaltyV1.TransferPointsRequest(
      requestID: freshID(), reference: reference, fromMemberID: sender, toMemberID: receiver, points: points, kind: .transfer)
  }

  @discardableResult
  func transfer(
    _ reference: String, _ points: Int64, from sender: String = "mem_a", to receiver: String = "mem_b", requestID: String? = nil
  ) async throws -> LoyaltyV1.PointTransfer {
    var request = transferRequest(reference, points, from: sender, to: receiver)
    if let requestID { request.requestID = requestID }
    return try #require(try await self.points.transferPoints(request).transfer)
  }

  @discardableResult
  func reverseTransfer(_ transferID: String, requestID: String? = nil) async throws -> LoyaltyV1.PointTransfer {
    let reply = try await points.reverseTransfer(
      LoyaltyV1.ReverseTransferRequest(requestID: requestID ?? freshID(), transferID: transferID, reason: "wrong receiver"))
    return try #require(reply.transfer)
  }

  @discardableResult
  func extend(
    _ member: String = "mem_a", lot lotID: String = "", to end: String, requestID: String? = nil
  ) async throws -> LoyaltyV1.ExtendLotsResponse {
    try await points.extendLots(
      LoyaltyV1.ExtendLotsRequest(
        requestID: requestID ?? freshID(), memberID: member, lotID: lotID, expireTime: GoogleProtobuf.Timestamp(instant(end)),
        reason: "goodwill"))
  }

  @discardableResult
  func reinstate(
    _ member: String = "mem_a", lot lotID: String, points amount: Int64 = 0, until end: String, requestID: String? = nil
  ) async throws -> LoyaltyV1.ReinstatePointsResponse {
    try await points.reinstatePoints(
      LoyaltyV1.ReinstatePointsRequest(
        requestID: requestID ?? freshID(), memberID: member, lotID: lotID, points: amount,
        expireTime: GoogleProtobuf.Timestamp(instant(end)), reason: "support"))
  }

  func expiredLots(_ member: String = "mem_a") async throws -> [LoyaltyV1.ExpiredLot] {
    try await points.listExpiredLots(LoyaltyV1.ListExpiredLotsRequest(memberID: member, pageSize: 500)).lots
  }

  /// Writes down what lapsed, as the poster does.
  func postExpired() async throws {
    let poster = ExpiryPoster(environment: service.environment, interval: .seconds(60), batch: 1_000)
    try await poster.postRound()
  }

  /// Spendable and owed.
  func standing(_ member: String = "mem_a") async throws -> [Int64] {
    let found = try await balance(member)
    return [found.spendablePoints, found.debtPoints]
  }
}

extension Refused {
  static func failed(_ reason: String) -> Refused { Refused(code: .failedPrecondition, reason: reason) }
}
