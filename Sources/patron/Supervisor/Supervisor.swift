import Foundation
import ServiceKit
import Synchronization

/// Runs the five services on one machine: starts them in order, starts again what dies, stops them in reverse.
///
/// The order is the nesting of scopes: each service's scope holds those of the services that need it, so a service is told to stop only
/// when the ones inside have ended. The services themselves watch for this process's end (`exit-with-parent`), so that none survives
/// even a `kill -9` of it.
struct Supervisor: Sendable {
  let folder: DataFolder
  let ports: PortPlan
  /// Where each service archives its log, in a folder of its own within; nil for nowhere.
  let archive: String?
  let stop: StopRequest
  let say: @Sendable (String) -> Void

  private let executable: @Sendable (String) throws -> String
  private let live: LiveServices
  private let keepers = Keepers()
  private static let servingInterval = Duration.milliseconds(20)

  /// - Parameters:
  ///   - executable: the path of a service's program.
  ///   - say: takes one line for people at each event.
  init(
    folder: DataFolder, ports: PortPlan, archive: String? = nil, stop: StopRequest,
    executable: @escaping @Sendable (String) throws -> String = Executables.path, say: @escaping @Sendable (String) -> Void
  ) {
    self.executable = executable
    self.folder = folder
    self.ports = ports
    self.archive = archive
    self.stop = stop
    self.say = say
    self.live = LiveServices(folder)
  }

  /// Returns when everything has stopped after `stop` was made; throws when a service cannot be started.
  func run(whenUp: @escaping @Sendable ([String: ReadyFile]) -> Void) async throws {
    try folder.create()
    let lock = try FolderLock(folder)
    AddressBook.remove(folder)
    // Made here and not by whoever comes first, so that the services find them whatever the order.
    _ = try KeyRing.loadOrCreate(folder.callerKeys)
    _ = try KeyRing.loadOrCreate(folder.quoteKeys)
    defer { live.clear() }
    try await keep(Roster.names[...]) {
      whenUp(live.all)
      await stop.wait()
    }
    extendLifetime(lock)
  }

  /// Ends everything at once.
  func killAll() { keepers.killAll() }

  /// Runs `body` while `names` are kept running.
  private func keep(_ names: ArraySlice<String>, _ body: @escaping @Sendable () async -> Void) async throws {
    guard let name = names.first, !stop.isMade else { return names.isEmpty ? await body() : () }
    let keeper = try makeKeeper(name)
    keepers.add(keeper)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await keeper.keep() }
      group.addTask {
        while !keeper.hasServed {
          if stop.isMade { return }
          try await Task.sleep(for: Self.servingInterval)
        }
        try await keep(names.dropFirst(), body)
      }
      // The first to end: either the services inside have stopped, or this one cannot be started, which throws.
      try await group.next()
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private func makeKeeper(_ name: String) throws -> ServiceKeeper {
    let folder = self.folder
    let live = self.live
    let archive = self.archive
    return ServiceKeeper(
      name, executable: try executable(name), ports: ports, folder: folder, live: live, say: say
    ) { listen, admin in
      var arguments = [
        "--listen-address", listen, "--admin-address", admin, "--ready-file", folder.readyFile(of: name), "--caller-keys-file",
        folder.callerKeys, "--exit-with-parent", "true",
      ]
      if name == Roster.gateway {
        arguments += ["--quote-keys-file", folder.quoteKeys]
        for upstream in Roster.upstreams { arguments += ["--\(upstream)-address", live[upstream]?.rpc ?? ""] }
      } else {
        arguments += ["--database", folder.database(of: name)]
        if let archive { arguments += ["--wal-archive", "\(archive)/\(name)"] }
      }
      return arguments
    }
  }
}

/// The keepers that were started, for ending all at once.
private final class Keepers: Sendable {
  private let all = Mutex<[ServiceKeeper]>([])

  func add(_ keeper: ServiceKeeper) { all.withLock { $0.append(keeper) } }
  func killAll() { for keeper in all.withLock({ $0 }) { keeper.kill() } }
}
