internal import Database
internal import Foundation

extension MemberLedger {
  /// Gives the member a tier from now on. The grant, and the standing after.
  mutating func grant(_ grant: TierGrant) throws -> Balance {
    guard let tier = program.scheme.tiers.first(where: { $0.code == grant.tierCode }) else { throw TierRefusal.tierUnknown }
    guard grant.endsAt != nil || tier.admission == .invited else { throw TierRefusal.endRequired }
    let inForce = account.tierGrants > 0 ? try TierGrantStore.inForce(of: memberID, at: instant, transaction).count : 0
    guard inForce < TierLimits.maximumGrantsInForce else { throw TierRefusal.tooManyGrants }
    try TierGrantStore.insert(grant, transaction)
    try countGrant()
    try announce(granted: grant)
    return try close()
  }

  /// Ends a grant of the member now, unless it is over already.
  mutating func revoke(_ grantID: String, _ revocation: TierGrant.Revocation) throws -> (grant: TierGrant, balance: Balance) {
    if let revoked = try TierGrantStore.revoke(grantID, revocation, transaction) {
      try announce(revoked: revoked)
      return (revoked, try close())
    }
    guard let grant = try TierGrantStore.find(grantID, transaction) else { throw TierRefusal.grantUnknown }
    return (grant, try close())
  }
}
