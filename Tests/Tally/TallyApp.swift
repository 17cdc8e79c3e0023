internal import Database
internal import RPC
internal import ServiceKit

/// A service that follows the event feed of another one and does nothing else: it writes down each event that it sees, as often as it sees
/// it, so that a test finds every gap and every repeat.
struct TallyApp: PatronService {
  static let name = "tally"
  static let defaultPorts = ServicePorts(rpc: 5197, admin: 5196)
  static let migrations = [Migration(number: 1, name: "initial", sql: Tally.tables)]
  static let faultPoints = FeedConsumer.faultPoints

  struct Config: ServiceConfig {
    let source: String
    let address: String

    init(reader: inout ConfigReader) {
      source = reader.string("source", default: "loyalty", doc: "The service whose feed is followed.")
      address = reader.target("source-address", default: "127.0.0.1:5152", doc: "Where it is")
    }
  }

  let services: [any RPCService] = []
  let feedConsumers: [FeedConsumer]

  init(config: Config, environment: ServiceEnvironment) async throws {
    let channel = try environment.channel(to: config.source, target: config.address)
    feedConsumers = [
      FeedConsumer(
        of: config.source, as: Self.name, through: channel, in: environment,
        resync: .replay { transaction in try transaction.run(Tally.clear) }
      ) { transaction, event in
        try Tally.note(event, transaction)
      }
    ]
  }
}
