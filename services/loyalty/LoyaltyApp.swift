public import Database
public import PatronAPI
public import RPC
public import ServiceKit

/// The loyalty service: a points ledger in lots, growth value, tiers, stored value, entitlements, and the saga's participant.
public struct LoyaltyApp: PatronService {
  public static let name = "loyalty"
  public static let defaultPorts = ServicePorts(rpc: 5152, admin: 5162)
  public static let migrations = Migrations.all
  public static let faultPoints = LoyaltyFaultPoints.all

  private let environment: ServiceEnvironment
  private let expiryPoster: ExpiryPoster
  private let expiryNotices: ExpiryNotices

  public init(config: LoyaltyConfig, environment: ServiceEnvironment) async throws {
    self.environment = environment
    self.expiryPoster = ExpiryPoster(environment: environment, interval: config.expiryInterval, batch: config.expiryBatch)
    self.expiryNotices = ExpiryNotices(
      environment: environment, interval: config.expiryInterval, lead: config.expiryNotice, batch: ExpiryNotices.eventsOfARound)
    try await checkTimeZones()
  }

  public var services: [any RPCService] {
    [
      LoyaltyHandler(environment: environment), TierHandler(environment: environment), StoredValueHandler(environment: environment),
      EntitlementHandler(environment: environment), PointsHandler(environment: environment), ReportHandler(environment: environment),
      LoyaltyHoldHandler(environment: environment),
    ]
  }

  public func verify() async throws -> [TypeV1.Difference] {
    let now = environment.clock.now()
    return try await LedgerAudit.audit(environment.database, at: now).differences
  }

  public func run() async throws {
    async let posting: Void = expiryPoster.run()
    async let telling: Void = expiryNotices.run()
    _ = try await (posting, telling)
  }

  /// A machine whose zone data lacks a published rule's zone cannot tell when its points expire: better no start than a wrong one.
  private func checkTimeZones() async throws {
    let (rules, policies, plans) = try await environment.database.read { snapshot in
      (try ProgramStore.rules(snapshot), try ValueProgramStore.policies(snapshot), try EntitlementPlanStore.timeZones(snapshot))
    }
    for rule in rules where ProgramCalendar(timeZoneIdentifier: rule.timeZoneIdentifier) == nil {
      throw UnknownTimeZone(rule: "earn rule \(rule.version)", identifier: rule.timeZoneIdentifier)
    }
    for policy in policies where ProgramCalendar(timeZoneIdentifier: policy.timeZoneIdentifier) == nil {
      throw UnknownTimeZone(rule: "policy \(policy.version) of \(policy.jurisdiction)", identifier: policy.timeZoneIdentifier)
    }
    for zone in plans where ProgramCalendar(timeZoneIdentifier: zone) == nil {
      throw UnknownTimeZone(rule: "an entitlement plan", identifier: zone)
    }
  }
}

/// Stops the start.
struct UnknownTimeZone: Error, CustomStringConvertible {
  let rule: String
  let identifier: String

  var description: String { "\(rule) counts in the time zone \(identifier), which this machine does not know" }
}
