import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Synchronization
import Testing

@testable import Loyalty

/// A whole loyalty service on a real database, and the few words that its tests are written in.
///
/// Money is USD and a point pays a cent, as the default rule says. A call that names no request id gets a fresh one, so a test that
/// sends one twice says so.
final class LoyaltyRig: Sendable {
  let service: TestService<LoyaltyApp>
  let loyalty: LoyaltyV1.LoyaltyServiceClient
  let holds: LoyaltyV1.LoyaltyHoldServiceClient
  private let requests = Atomic<Int>(0)
  private let requestPrefix: String
  /// Of the cards that were issued through this rig, by account.
  let cardNumbers = Mutex<[String: String]>([:])

  /// Runs a test against a fresh service, which is stopped and removed after it.
  static func run(_ values: [String: String] = [:], _ test: (LoyaltyRig) async throws -> Void) async throws {
    let rig = LoyaltyRig(try await TestService<LoyaltyApp>.start(values))
    do {
      try await test(rig)
    } catch {
      await rig.service.stop()
      throw error
    }
    await rig.service.stop()
  }

  /// Runs a test against several services on one database, with one clock and one sequence of ids.
  static func runReplicas(_ count: Int, _ test: ([LoyaltyRig]) async throws -> Void) async throws {
    let first = try await TestService<LoyaltyApp>.start(adjustDatabase: TestService<LoyaltyApp>.underLoad)
    try await first.withReplicas(count) { replicas in
      try await test(replicas.enumerated().map { LoyaltyRig($1, requestPrefix: "req-\($0)") })
    }
  }

  private init(_ service: TestService<LoyaltyApp>, requestPrefix: String = "req") {
    self.service = service
    self.requestPrefix = requestPrefix
    self.loyalty = LoyaltyV1.LoyaltyServiceClient(channel: service.channel)
    self.holds = LoyaltyV1.LoyaltyHoldServiceClient(channel: service.channel)
  }

  var now: Date { service.clock.now() }
  func setClock(_ text: String) { service.clock.set(instant(text)) }
  func advance(days: Int) { service.clock.advance(by: .seconds(days * 86_400)) }

  func freshID() -> String { "\(requestPrefix)-\(requests.add(1, ordering: .relaxed).newValue)" }

  // MARK: The saga

  /// What an order of `netSpend` cents earns by the rule in force, less what points pay.
  func decision(_ netSpend: Int64, paidByPoints: Int64 = 0) async throws -> LoyaltyV1.EarnDecision {
    let reply = try await loyalty.evaluateEarn(
      LoyaltyV1.EvaluateEarnRequest(
        currencyCode: "USD", lines: [LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: netSpend)],
        paidByPointsMinorUnits: paidByPoints))
    return try #require(reply.decision)
  }

  func holdRequest(
    _ order: String, _ member: String = "mem_a", spending points: Int64 = 0, netSpend: Int64 = 0, requestID: String? = nil
  ) async throws -> LoyaltyV1.HoldRequest {
    LoyaltyV1.HoldRequest(
      requestID: requestID ?? freshID(), orderID: order, memberID: member, storeID: "sto_1", clientID: "cli_1", staffID: "stf_1",
      spend: points == 0 ? nil : LoyaltyV1.PointsTender(points: points, amount: TypeV1.Money(points, "USD")), currencyCode: "USD",
      earn: try await decision(netSpend, paidByPoints: points), occurredTime: GoogleProtobuf.Timestamp(now))
  }

  func hold(_ order: String, _ member: String = "mem_a", spending points: Int64 = 0, netSpend: Int64 = 0) async throws {
    _ = try await holds.hold(try await holdRequest(order, member, spending: points, netSpend: netSpend))
  }

  @discardableResult
  func commit(_ order: String, requestID: String? = nil) async throws -> LoyaltyV1.CommitResponse {
    try await holds.commit(LoyaltyV1.CommitRequest(requestID: requestID ?? freshID(), orderID: order))
  }

  func cancel(_ order: String, requestID: String? = nil) async throws {
    _ = try await holds.cancel(LoyaltyV1.CancelRequest(requestID: requestID ?? freshID(), orderID: order))
  }

  /// Hold and commit.
  @discardableResult
  func sell(
    _ order: String, _ member: String = "mem_a", spending points: Int64 = 0, netSpend: Int64 = 0
  ) async throws -> LoyaltyV1.CommitResponse {
    try await hold(order, member, spending: points, netSpend: netSpend)
    return try await commit(order)
  }

  /// Takes back `after` less `before` of `total` refunded cents.
  @discardableResult
  func reverse(
    _ returnID: String, of order: String, from before: Int64 = 0, to after: Int64 = 100, of total: Int64 = 100,
    requestID: String? = nil
  ) async throws -> LoyaltyV1.ReverseResponse {
    try await holds.reverse(
      LoyaltyV1.ReverseRequest(
        requestID: requestID ?? freshID(), orderID: order, returnID: returnID, refundedBefore: before, refundedAfter: after,
        refundedTotal: total))
  }

  // MARK: By hand

  @discardableResult
  func adjust(_ points: Int64, of member: String = "mem_a", requestID: String? = nil) async throws -> LoyaltyV1.AdjustPointsResponse {
    try await loyalty.adjustPoints(
      LoyaltyV1.AdjustPointsRequest(requestID: requestID ?? freshID(), memberID: member, points: points, reason: "goodwill"))
  }

  /// Publishes the default rule with changes.
  @discardableResult
  func publish(_ change: (inout LoyaltyV1.EarnRule) -> Void) async throws -> LoyaltyV1.EarnRule {
    var rule = LoyaltyV1.EarnRule(EarnRule.example(), EarnTerms())
    // The months or the text: a test says one of them.
    rule.expiry = ""
    change(&rule)
    if !rule.expiry.isEmpty { rule.expireAfterMonths = 0 }
    let reply = try await loyalty.publishEarnRule(LoyaltyV1.PublishEarnRuleRequest(requestID: freshID(), rule: rule))
    return try #require(reply.rule)
  }

  func publishTiers(_ tiers: [(code: String, threshold: Int64)], windowMonths: Int32 = 12) async throws {
    let scheme = LoyaltyV1.TierScheme(
      tiers: tiers.map { LoyaltyV1.Tier(code: $0.code, name: $0.code, thresholdGrowthValue: $0.threshold) },
      windowMonths: windowMonths)
    _ = try await loyalty.publishTierScheme(LoyaltyV1.PublishTierSchemeRequest(requestID: freshID(), scheme: scheme))
  }

  // MARK: Looking

  func balance(_ member: String = "mem_a") async throws -> LoyaltyV1.Balance {
    try #require(try await loyalty.getBalance(LoyaltyV1.GetBalanceRequest(memberID: member)).balance)
  }

  func lots(_ member: String = "mem_a") async throws -> [LoyaltyV1.Lot] {
    try await loyalty.listLots(LoyaltyV1.ListLotsRequest(memberID: member, pageSize: 500)).lots
  }

  /// Newest first.
  func entries(_ member: String = "mem_a") async throws -> [LoyaltyV1.Entry] {
    try await loyalty.listEntries(LoyaltyV1.ListEntriesRequest(memberID: member, pageSize: 500)).entries
  }

  /// Of random histories, whose models are compared after every step: all checks of all books cost as much as many steps.
  static let stepsBetweenVerifies = 5

  func verify() async throws -> LoyaltyV1.VerifyResponse {
    try await holds.verify(LoyaltyV1.VerifyRequest())
  }

  func expectSound(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let differences = try await verify().differences
    #expect(differences.isEmpty, comment, sourceLocation: sourceLocation)
  }
}

/// What a call is refused with; a test expects that it is.
func refusal(
  sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
) async throws -> Refused {
  do {
    try await call()
  } catch let error as RPCError {
    return Refused(code: error.code, reason: error.reason ?? "")
  }
  Issue.record("the call was not refused", sourceLocation: sourceLocation)
  return Refused(code: .ok, reason: "")
}

struct Refused: Equatable {
  var code: StatusCode
  var reason: String

  static let insufficientPoints = Refused(code: .failedPrecondition, reason: "INSUFFICIENT_POINTS")
  static let holdCancelled = Refused(code: .failedPrecondition, reason: "HOLD_CANCELLED")
  static let invalidFields = Refused(code: .invalidArgument, reason: "INVALID_FIELDS")
}
