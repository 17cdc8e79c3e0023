import Database
import PatronAPI
import RPC
import ServiceKit

/// `patron.campaign.v1.CampaignService`: rules, codes, evaluation. The methods stand in one file a subject.
struct CampaignHandlers: CampaignV1.CampaignService {
  let database: Database
  let commands: CommandRunner
  let clock: any WallClock
  let ids: any IDGenerator
  let random: any RandomSource
  let openPromotionsAtMost: Int
  let versions = RuleVersionCache()

  init(environment: ServiceEnvironment, openPromotionsAtMost: Int) {
    database = environment.database
    commands = environment.commands
    clock = environment.clock
    ids = environment.ids
    random = environment.random
    self.openPromotionsAtMost = openPromotionsAtMost
  }
}

extension ServerContext {
  /// Who stands behind a publication in the versions' table.
  var publisher: Publisher { Publisher(clientID: caller.clientID, staffID: caller.staffID) }
}
