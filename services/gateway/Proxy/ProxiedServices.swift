import PatronAPI
import RPC
import ServiceKit

// The services behind the gateway, served by it as they are: bytes in, bytes out, nothing decoded but what a client that is
// bound to stores must name. One type a service, since a server knows a service by its type.

/// Passes the calls of one service on to `upstream`, signed for the caller, within the caller's deadline. What comes back, reply,
/// trailers or status with details, is what the caller gets.
protocol ProxiedService: RPCService {
  static var access: [MethodAccess] { get }
  var upstream: Upstream { get }

  /// What only another service can tell of a request; called before it is passed on. Most ask nothing.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws
}

extension ProxiedService {
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {}

  var methods: [RPCMethod] {
    Self.access.filter { $0.method.service == Self.serviceName }.map { access in
      RPCMethod.rawUnary(access.method) { request, context in
        let chain = CallChain(context)
        try access.requireStore(in: request, of: context.caller)
        try await check(request, to: access.method, chain)
        let reply = try await upstream.forward(access.method, request, chain, takesLong: access.takesLong)
        context.responseTrailers.append(contentsOf: reply.trailers)
        return reply.message
      }
    }
  }
}

struct ProxiedIdentity: ProxiedService {
  static let serviceName = "patron.identity.v1.IdentityService"
  static let access = MethodAccess.members
  let upstream: Upstream
}

struct ProxiedApiClients: ProxiedService {
  static let serviceName = "patron.identity.v1.ApiClientService"
  static let access = MethodAccess.clients
  let upstream: Upstream
}

struct ProxiedLoyalty: ProxiedService {
  static let serviceName = "patron.loyalty.v1.LoyaltyService"
  static let access = MethodAccess.loyalty
  let upstream: Upstream
  let identity: Upstream

  /// Loyalty opens an account for whoever is given points and knows no members: a slip in an id would give them to nobody, for ever.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    switch method {
    case LoyaltyV1.LoyaltyServiceMethods.adjustPoints:
      let adjustment: LoyaltyV1.AdjustPointsRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers([adjustment.memberID], chain)
    case LoyaltyV1.LoyaltyServiceMethods.awardAction:
      let award: LoyaltyV1.AwardActionRequest = try CallCodec.decodeRequest(request)
      guard try await identity.requireMember(award.memberID, chain).state != .suspended else { throw Reasons.memberSuspended }
    default: return
    }
  }
}

struct ProxiedTiers: ProxiedService {
  static let serviceName = "patron.loyalty.v1.TierService"
  static let access = MethodAccess.tiers
  let upstream: Upstream
  let identity: Upstream

  /// Loyalty knows no members, as for points that are given by hand.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    guard method == LoyaltyV1.TierServiceMethods.grantTier else { return }
    let grant: LoyaltyV1.GrantTierRequest = try CallCodec.decodeRequest(request)
    try await identity.requireMembers([grant.memberID], chain)
  }
}

struct ProxiedReports: ProxiedService {
  static let serviceName = "patron.loyalty.v1.ReportService"
  static let access = MethodAccess.reports
  let upstream: Upstream
}

struct ProxiedPoints: ProxiedService {
  static let serviceName = "patron.loyalty.v1.PointsService"
  static let access = MethodAccess.points
  let upstream: Upstream
  let identity: Upstream

  /// Loyalty knows no members: points for a slip in an id would be nobody's, and who is suspended neither sends nor is sent any.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    switch method {
    case LoyaltyV1.PointsServiceMethods.transferPoints:
      let transfer: LoyaltyV1.TransferPointsRequest = try CallCodec.decodeRequest(request)
      for memberID in [transfer.fromMemberID, transfer.toMemberID] {
        guard try await identity.requireMember(memberID, chain).state != .suspended else { throw Reasons.memberSuspended }
      }
    case LoyaltyV1.PointsServiceMethods.requestAdjustment:
      let asked: LoyaltyV1.RequestAdjustmentRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers([asked.memberID], chain)
    case LoyaltyV1.PointsServiceMethods.linkStaffMember:
      let link: LoyaltyV1.LinkStaffMemberRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers([link.memberID], chain)
    default: return
    }
  }
}

struct ProxiedStoredValue: ProxiedService {
  static let serviceName = "patron.loyalty.v1.StoredValueService"
  static let access = MethodAccess.storedValue
  let upstream: Upstream
  let identity: Upstream

  /// A wallet, or a named card, of nobody could be spent by nobody.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    typealias Methods = LoyaltyV1.StoredValueServiceMethods
    switch method {
    case Methods.openWallet:
      let opening: LoyaltyV1.OpenWalletRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers([opening.memberID], chain)
    case Methods.activateGiftCard:
      let activation: LoyaltyV1.ActivateGiftCardRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers([activation.memberID], chain)
    case Methods.importGiftCards:
      let rows: LoyaltyV1.ImportGiftCardsRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers(Set(rows.cards.map(\.memberID)), chain)
    default: return
    }
  }
}

struct ProxiedEntitlements: ProxiedService {
  static let serviceName = "patron.loyalty.v1.EntitlementService"
  static let access = MethodAccess.entitlements
  let upstream: Upstream
  let identity: Upstream

  /// A card of nobody could be used by nobody.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    guard method == LoyaltyV1.EntitlementServiceMethods.issueEntitlement else { return }
    let sale: LoyaltyV1.IssueEntitlementRequest = try CallCodec.decodeRequest(request)
    try await identity.requireMembers([sale.memberID], chain)
  }
}

struct ProxiedRewards: ProxiedService {
  static let serviceName = "patron.loyalty.v1.RewardService"
  static let access = MethodAccess.rewards
  let upstream: Upstream
  let identity: Upstream

  /// Loyalty knows no members, nor who is suspended and spends nothing.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    typealias Methods = LoyaltyV1.RewardServiceMethods
    switch method {
    case Methods.holdReward:
      let hold: LoyaltyV1.HoldRewardRequest = try CallCodec.decodeRequest(request)
      guard try await identity.requireMember(hold.memberID, chain).state != .suspended else { throw Reasons.memberSuspended }
    case Methods.buyTickets:
      let purchase: LoyaltyV1.BuyTicketsRequest = try CallCodec.decodeRequest(request)
      guard try await identity.requireMember(purchase.memberID, chain).state != .suspended else { throw Reasons.memberSuspended }
    case Methods.joinLeaderboards:
      let joining: LoyaltyV1.JoinLeaderboardsRequest = try CallCodec.decodeRequest(request)
      try await identity.requireMembers([joining.memberID], chain)
    default: return
    }
  }
}

struct ProxiedLoyaltyHolds: ProxiedService {
  static let serviceName = "patron.loyalty.v1.LoyaltyHoldService"
  static let access = MethodAccess.operations
  let upstream: Upstream
}

struct ProxiedCampaigns: ProxiedService {
  static let serviceName = "patron.campaign.v1.CampaignService"
  static let access = MethodAccess.campaigns
  let upstream: Upstream
  let identity: Upstream

  /// Campaign knows no members either: a coupon for a slip in an id nobody could ever use.
  func check(_ request: [UInt8], to method: MethodDescriptor, _ chain: CallChain) async throws {
    guard method == CampaignV1.CampaignServiceMethods.issueCoupons else { return }
    let issue: CampaignV1.IssueCouponsRequest = try CallCodec.decodeRequest(request)
    try await identity.requireMembers(Set(issue.memberIDs), chain)
  }
}

struct ProxiedCampaignHolds: ProxiedService {
  static let serviceName = "patron.campaign.v1.CampaignHoldService"
  static let access = MethodAccess.operations
  let upstream: Upstream
}

struct ProxiedInventory: ProxiedService {
  static let serviceName = "patron.inventory.v1.InventoryService"
  static let access = MethodAccess.catalogue
  let upstream: Upstream
}

struct ProxiedOrderSaga: ProxiedService {
  static let serviceName = "patron.inventory.v1.OrderSagaService"
  static let access = MethodAccess.operations
  let upstream: Upstream
}

extension Upstream {
  /// More members than any request may name; the service refuses what names more by its field, and is left to.
  private static let membersAtMost = 1_000
  private static let membersAtOnce = 16

  /// Of identity: MEMBER_UNKNOWN unless it knows each of the members. What has no id at all the service refuses by its field.
  fileprivate func requireMembers(_ memberIDs: Set<String>, _ chain: CallChain) async throws {
    guard memberIDs.count <= Self.membersAtMost else { return }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, memberID) in memberIDs.filter({ !$0.isEmpty }).enumerated() {
        if index >= Self.membersAtOnce { try await group.next() }
        group.addTask { _ = try await requireMember(memberID, chain) }
      }
      try await group.waitForAll()
    }
  }

  fileprivate func requireMember(_ memberID: String, _ chain: CallChain) async throws -> IdentityV1.Member {
    let members = IdentityV1.IdentityServiceClient(channel: channel)
    do {
      let reply = try await call(chain.asGateway()) { try await members.getMember(.init(memberID: memberID), options: $0) }
      guard let member = reply.member else { throw Reasons.memberUnknown }
      return member
    } catch let error as UpstreamError where error.kind == .refused && error.cause.code == .notFound {
      throw Reasons.memberUnknown
    }
  }
}

extension Upstreams {
  /// All of them.
  var proxiedServices: [any RPCService] {
    [
      ProxiedIdentity(upstream: identity), ProxiedApiClients(upstream: identity), ProxiedLoyalty(upstream: loyalty, identity: identity),
      ProxiedTiers(upstream: loyalty, identity: identity), ProxiedPoints(upstream: loyalty, identity: identity),
      ProxiedReports(upstream: loyalty),
      ProxiedStoredValue(upstream: loyalty, identity: identity), ProxiedEntitlements(upstream: loyalty, identity: identity),
      ProxiedRewards(upstream: loyalty, identity: identity), ProxiedLoyaltyHolds(upstream: loyalty),
      ProxiedCampaigns(upstream: campaign, identity: identity),
      ProxiedCampaignHolds(upstream: campaign),
      ProxiedInventory(upstream: inventory), ProxiedOrderSaga(upstream: inventory),
    ]
  }
}
