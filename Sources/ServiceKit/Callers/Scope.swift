/// What a caller may do: the one vocabulary of identity, which grants it, of the gateway, which asks for it method by method, and of the
/// services behind, which ask again. The gateway's README shows which method asks for which.
public enum Scope: String, CaseIterable, Sendable {
  /// Sell: quote, hold, complete, abandon.
  case checkout = "pos.checkout"
  /// Look at the one member who stands at the till.
  case identify = "pos.identify"
  /// Take goods back.
  case returns = "pos.return"
  /// Orders, catalogue, stock, offers, the programme.
  case read = "pos.read"
  case membersRead = "members.read"
  case membersWrite = "members.write"
  /// Destroy what is known of a member, for good.
  case membersErase = "members.erase"
  /// Products, stores and deliveries.
  case catalogueWrite = "catalogue.write"
  /// Reports of points: what was issued and spent, what is owed.
  case loyaltyRead = "loyalty.read"
  /// Adjustments, earn rules, tiers.
  case loyaltyWrite = "loyalty.write"
  /// The points of what members do beside buying, by the rule.
  case loyaltyAward = "loyalty.award"
  /// Points from one member to another, within the policy.
  case loyaltyTransfer = "loyalty.transfer"
  /// Pay with wallets and gift cards.
  case storedValueSpend = "stored_value.spend"
  /// Sell: top-ups, gift cards.
  case storedValueLoad = "stored_value.load"
  /// Statements, settlement, liability.
  case storedValueRead = "stored_value.read"
  /// Cards, policies, freezes, adjustments, refunds of top-ups.
  case storedValueWrite = "stored_value.write"
  /// Visits on count cards, passes and memberships.
  case entitlementsUse = "entitlements.use"
  /// Sell and renew them.
  case entitlementsSell = "entitlements.sell"
  case entitlementsRead = "entitlements.read"
  /// Plans, freezes, refunds, uses taken back.
  case entitlementsWrite = "entitlements.write"
  /// Take rewards for members, and what else members do with points beside paying.
  case rewardsRedeem = "rewards.redeem"
  case rewardsRead = "rewards.read"
  /// The catalogue, its stock, what is taken back, draws.
  case rewardsWrite = "rewards.write"
  /// Promotions and coupons.
  case campaignWrite = "campaign.write"
  /// API clients.
  case clientsWrite = "clients.write"
  /// What `patron verify` reads: every order, hold and difference.
  case operations

  /// The saga's commands. Granted to no client: the gateway sends them in its own name.
  case saga
  /// Whose an API key is. Granted to no client: the gateway asks in its own name.
  case clientsAuthenticate = "clients.authenticate"
  /// A service's outbox. Granted to no client: a consumer signs its calls with the services' key ring.
  case eventsRead = "events.read"

  /// Holds every other.
  public static let everything = "*"

  /// What identity may grant to a client, beside `everything`.
  public static let forClients = allCases.filter { !isInternal.contains($0) }

  private static let isInternal: Set<Scope> = [.saga, .clientsAuthenticate, .eventsRead]
}
