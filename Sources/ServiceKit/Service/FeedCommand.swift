import ArgumentParser
import Database
import Foundation

/// What an operator does about event feeds, on a service that serves or does not: `loyalty feed parked`.
struct FeedCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "feed", abstract: "Look after the event feeds that this service follows, and those who follow its own.",
      subcommands: [
        FeedStatusCommand<App>.self, FeedParkedCommand<App>.self, FeedRetryCommand<App>.self, FeedSkipCommand<App>.self,
        FeedResyncCommand<App>.self, FeedConsumersCommand<App>.self, FeedForgetCommand<App>.self,
      ])
  }
}

/// A feed that the service does not follow.
private struct NotFollowed: Error, CustomStringConvertible {
  let feed: String
  let followed: [String]

  var description: String {
    "this service follows no feed of \"\(feed)\"; it follows \(followed.isEmpty ? "none" : followed.joined(separator: ", "))"
  }
}

/// A parked aggregate as the command line writes it: `member/mem_1`.
struct AggregateArgument: ExpressibleByArgument {
  let aggregate: Aggregate

  init?(argument: String) {
    let parts = argument.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    aggregate = Aggregate(type: parts[0], id: parts[1])
  }
}

extension ServiceRunner {
  /// Runs `work` on the consumer of one followed feed.
  fileprivate func withConsumer<Answer>(of feed: String, _ work: (FeedConsumer) async throws -> Answer) async throws -> Answer {
    try await withApp { assembly in
      let consumers = assembly.app.feedConsumers
      guard let consumer = consumers.first(where: { $0.feed == feed }) else {
        throw NotFollowed(feed: feed, followed: consumers.map(\.feed))
      }
      return try await work(consumer)
    }
  }
}

// MARK: Feeds that are followed

struct FeedStatusCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "status", abstract: "Show the feeds that this service follows, and what is parked of each.")
  }

  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withApp { assembly in
        for consumer in assembly.app.feedConsumers {
          let place = try await consumer.place()
          let cursor = place.map { $0.cursor.isEmpty ? "at its start" : "at cursor \(Data($0.cursor).base64EncodedString())" }
          print("\(consumer.feed): \(cursor ?? "never followed"), \(place?.parkedEvents ?? 0) events parked")
        }
      }
    }
  }
}

struct FeedParkedCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "parked", abstract: "List the aggregates whose events are parked, each with the error and the first event.")
  }

  private static var aggregatesAtMost: Int { 1_000 }

  @Option(help: "The service whose feed it is.") var feed: String
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withConsumer(of: feed) { consumer in
        let feed = consumer.feed
        let (count, parked) = try await consumer.database.read { snapshot in
          let parked = try snapshot.parkedAggregates(in: feed, limit: Self.aggregatesAtMost).map { parked in
            (parked, try snapshot.parkedEvents(of: parked.aggregate, in: feed, limit: 1).first)
          }
          return (try snapshot.parkedAggregateCount(in: feed), parked)
        }
        for (parked, first) in parked {
          print(
            "\(parked.aggregate.type)/\(parked.aggregate.id): \(parked.eventCount) events, the first \(first?.id ?? "") \(first?.type ?? ""): "
              + parked.error)
        }
        print("\(App.name): \(count) aggregates of \(feed) are parked\(count > parked.count ? ", and \(parked.count) are shown" : "")")
      }
    }
  }
}

struct FeedRetryCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "retry", abstract: "Let an aggregate's parked events take effect, in order and each once.")
  }

  @Option(help: "The service whose feed it is.") var feed: String
  @Option(help: "The aggregate, such as member/mem_1.") var aggregate: AggregateArgument
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withConsumer(of: feed) { consumer in
        let count = try await consumer.retry(aggregate.aggregate)
        print("\(App.name): \(count) events took effect, none is parked of it")
      }
    }
  }
}

struct FeedSkipCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "skip", abstract: "Pass over the first parked event of an aggregate for good; retry lets those behind it take effect.")
  }

  @Option(help: "The service whose feed it is.") var feed: String
  @Option(help: "The aggregate, such as member/mem_1.") var aggregate: AggregateArgument
  @Option(help: "The event, which must be the first.") var event: String
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withConsumer(of: feed) { consumer in
        let skipped = try await consumer.skip(event, of: aggregate.aggregate)
        // What it said is nowhere here from now on.
        print("\(App.name): skipped \(skipped.id) \(skipped.type), payload \(Data(skipped.payload).base64EncodedString())")
      }
    }
  }
}

struct FeedResyncCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "resync", abstract: "Make the state anew that follows from a feed, and follow the feed from there.",
      discussion:
        "For a consumer that has stopped with FEED_EPOCH_CHANGED, FEED_CURSOR_EXPIRED or FEED_CURSOR_INVALID. One that runs goes on "
        + "by itself within seconds.")
  }

  @Option(help: "The service whose feed it is.") var feed: String
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withConsumer(of: feed) { consumer in
        try await consumer.resynchronise()
        print("\(App.name): the state that follows \(feed) was made anew")
      }
    }
  }
}

// MARK: The service's own feed

struct FeedConsumersCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "consumers", abstract: "List who follows this service's feed, and how far each has acknowledged it.")
  }

  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withApp { assembly in
        guard let database = assembly.databases?.main else { return }
        for consumer in try await database.read({ try $0.feedConsumers() }) {
          let behind = max(0, database.lastEventPosition - consumer.position)
          print(
            "\(consumer.client) \(consumer.name): \(behind) events not acknowledged, last heard of \(consumer.time.formatted(.iso8601))")
        }
      }
    }
  }
}

struct FeedForgetCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "forget", abstract: "Keep no events any more for a consumer of this service's feed that is gone for good.")
  }

  @Option(help: "The client, as consumers lists it.") var client: String
  @Option(help: "The consumer's name.") var consumer: String
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).withApp { assembly in
        guard let database = assembly.databases?.main else { return }
        let (client, consumer) = (client, consumer)
        let wasThere = try await database.write { try $0.forgetFeedConsumer(client: client, name: consumer) }
        print("\(App.name): \(wasThere ? "forgot" : "there is no") \(client) \(consumer)")
      }
    }
  }
}
