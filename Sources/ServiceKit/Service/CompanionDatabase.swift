public import Database
import Foundation

/// A database of a service beside its main one, such as one for keys that must not lie in the same file. It is opened, migrated, backed up,
/// restored and closed with the main one.
public struct CompanionDatabase: Sendable {
  /// One lower-case word, such as "keys".
  public let name: String
  public let migrations: [Migration]
  /// Whether what is deleted is overwritten.
  public let overwritesDeleted: Bool

  public init(name: String, migrations: [Migration], overwritesDeleted: Bool) {
    self.name = name
    self.migrations = migrations
    self.overwritesDeleted = overwritesDeleted
  }

  /// The key of the configuration that says where it is on a server, such as "keys-database".
  var configurationKey: String { "\(name)-database" }

  /// "data/identity-keys.sqlite" beside "data/identity.sqlite". A backup's companion stands beside the backup in the same way.
  public func path(beside mainPath: String) -> String {
    let ending = (mainPath as NSString).pathExtension
    let stem = (mainPath as NSString).deletingPathExtension + "-" + name
    return ending.isEmpty ? stem : stem + "." + ending
  }
}

/// The open databases of a service.
package struct ServiceDatabases: Sendable {
  package let main: Database
  /// By name. One that only looks has those whose files are there.
  package let companions: [String: Database]
  /// Held while the service may change companions that are files, which one process alone does.
  private let locks: [FileLock]

  package static func open<App: PatronService>(
    for app: App.Type, _ common: CommonConfig, for purpose: ServiceAssembly<App>.Purpose,
    adjust: (inout DatabaseConfiguration) -> Void = { _ in }
  ) async throws -> ServiceDatabases {
    func configuration(_ location: DatabaseLocation, archive: ArchiveConfiguration? = nil) -> DatabaseConfiguration {
      var configuration = DatabaseConfiguration(location)
      configuration.archive = archive
      adjust(&configuration)
      return configuration
    }
    func open(_ configuration: DatabaseConfiguration, _ migrations: [Migration]) throws -> Database {
      switch purpose {
      case .serving: try Database.open(configuration, migrations: migrations)
      case .looking: try Database.openExisting(configuration, migrations: migrations)
      }
    }
    guard let location = common.database else { preconditionFailure("\(App.name) owns no database") }
    var locks: [FileLock] = []
    // Companions are not shipped: keys in an archive would outlive their erasure, beside what they open.
    if let path = location.filePath, common.archive != nil, purpose == .serving {
      let folder = (path as NSString).deletingLastPathComponent
      if !folder.isEmpty {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
      guard let lock = try FileLock(path + ".lock") else {
        throw ConfigError(key: "wal-archive", problem: "another process ships the log of \(path), and only one may")
      }
      locks.append(lock)
    }
    let main = try open(configuration(location, archive: common.archive), App.migrations)
    var companions: [String: Database] = [:]
    do {
      for companion in App.companions {
        var own = configuration(common.location(of: companion))
        own.overwritesDeleted = companion.overwritesDeleted
        own.hasFeed = false
        guard let path = own.location.filePath else {
          if try DatabaseConfiguration.nameOneServerDatabase(configuration(location), own) {
            throw ConfigError(
              key: companion.configurationKey,
              problem: "is the database that database names: the \(companion.name) must lie apart, in their backups as well")
          }
          companions[companion.name] = try open(own, companion.migrations)
          continue
        }
        if !FileManager.default.fileExists(atPath: path) {
          if purpose == .looking { continue }
          try await App.permitMaking(companion, at: path, beside: main)
        }
        if purpose == .serving {
          guard let lock = try FileLock(path + ".lock") else {
            throw ConfigError(key: "database", problem: "another process serves \(path), and only one may")
          }
          locks.append(lock)
        }
        companions[companion.name] = try open(own, companion.migrations)
      }
    } catch {
      await ServiceDatabases(main: main, companions: companions, locks: locks).close()
      throw error
    }
    return ServiceDatabases(main: main, companions: companions, locks: locks)
  }

  /// The main one last: what stands in it needs the others.
  package func close() async {
    for companion in companions.values { await companion.close() }
    await main.close()
    for lock in locks { lock.release() }
  }
}
