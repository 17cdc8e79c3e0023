import Foundation
public import RPC
public import ServiceKit

/// The gateway: authenticates, limits, routes, prices and drives the checkout. It owns no data, so any replica may finish what
/// another began.
public struct GatewayApp: PatronService {
  public static let name = "gateway"
  public static let defaultPorts = ServicePorts(rpc: 5150, admin: 5160)
  public static let faultPoints = FaultPoint.allCases.map(\.rawValue)

  public let services: [any RPCService]
  public let callerAuthenticator: (any CallerAuthenticator)?

  private let upstreams: Upstreams
  private let tasks: SagaTasks
  private let recovery: Recovery

  public init(config: GatewayConfig, environment: ServiceEnvironment) async throws {
    let upstreams = try Self.upstreams(config, environment)
    let tasks = SagaTasks()
    let orders = Orders(inventory: upstreams.inventory)
    let participants = Participants(upstreams: upstreams, faults: environment.faults)
    let pricer = BasketPricer(upstreams: upstreams)
    let tokens = QuoteTokens(
      ring: try KeyRing.loadOrCreate(config.quoteKeysFile, key: GatewayConfig.quoteKeysKey, random: environment.random))
    let saga = CheckoutSaga(
      orders: orders, participants: participants, tasks: tasks, faults: environment.faults, logger: environment.logger,
      commitDeadline: config.commitDeadline)
    let returns = ReturnSaga(
      orders: orders, participants: participants, tasks: tasks, clock: environment.clock, ids: environment.ids,
      faults: environment.faults, logger: environment.logger, commitDeadline: config.commitDeadline)

    self.upstreams = upstreams
    self.tasks = tasks
    self.recovery = Recovery(
      orders: orders, saga: saga, returns: returns, tasks: tasks, logger: environment.logger, leaseOwner: environment.ids.next("gtw"),
      interval: config.recoveryInterval, stalledAfter: config.stalledAfter, leaseDuration: config.leaseDuration)
    self.callerAuthenticator = ApiKeyAuthenticator(
      identity: upstreams.identity,
      cache: ApiKeyCache(
        clientLifetime: config.apiKeyCacheLifetime.seconds, refusalLifetime: config.unknownApiKeyCacheLifetime.seconds),
      clock: environment.clock)
    let pointOfSale = PointOfSale(
      shared: SharedCalls(tasks: tasks),
      opening: CheckoutOpening(
        pricer: pricer, quotes: tokens, orders: orders, saga: saga,
        storedValue: StoredValueAccess(loyalty: upstreams.loyalty, ids: environment.ids), tasks: tasks, clock: environment.clock,
        ids: environment.ids, faults: environment.faults, holdLifetime: config.holdLifetime),
      ending: CheckoutEnding(orders: orders, saga: saga, tasks: tasks, holdLifetime: config.holdLifetime), returns: returns,
      quoting: Quoting(
        pricer: pricer, tokens: tokens, clock: environment.clock, ids: environment.ids, lifetime: config.quoteLifetime),
      reading: Reading(upstreams: upstreams, pricer: pricer, orders: orders))
    self.services = [pointOfSale] + upstreams.proxiedServices
  }

  /// Recovery, until the service drains; then waits for every saga that is past its decision, and closes the channels.
  public func run() async throws {
    await recovery.run()
    await tasks.drained()
    await upstreams.close()
  }

  /// One sweep of recovery, for a test that moves the clock itself.
  @discardableResult
  package func recoverOnce() async throws -> Int { try await recovery.sweep() }

  /// Waits for the gateway's own tasks, as a drain does.
  package func drained() async { await tasks.drained() }

  private static func upstreams(_ config: GatewayConfig, _ environment: ServiceEnvironment) throws -> Upstreams {
    let signer = CallerSigner(ring: environment.keyRing, clock: environment.clock)
    func upstream(_ name: String, _ target: String) throws -> Upstream {
      Upstream(
        name: name, channel: try environment.channel(to: name, target: target), signer: signer,
        timeouts: Upstream.Timeouts(call: config.upstreamTimeout, verify: config.verifyTimeout), logger: environment.logger)
    }
    return Upstreams(
      identity: try upstream("identity", config.identityAddress), loyalty: try upstream("loyalty", config.loyaltyAddress),
      campaign: try upstream("campaign", config.campaignAddress), inventory: try upstream("inventory", config.inventoryAddress))
  }
}
