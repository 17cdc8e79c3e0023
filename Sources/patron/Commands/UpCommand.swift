import ArgumentParser
import Foundation
import ServiceKit
import UnixSignals

/// The whole system on one machine.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Start the five services on this machine and keep them running.",
    discussion: """
      Data, keys and logs lie in the data folder. What dies is started again. Ctrl-C or SIGTERM lets the services finish what they \
      are doing; a second one ends them at once. Everything listens on loopback, in plaintext.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "The gateway's port; the services take the next four, admin ports lie ten above.") var portBase = 5150
  @Option(help: ArgumentHelp("auto: whichever ports are free; see addresses.json in the data folder.", valueName: "auto"))
  var ports: Ports?

  @Option(help: "A folder, best on another disk, in which each service archives its log, so that patron restore --at puts back any moment.")
  var walArchive: String?

  enum Ports: String, ExpressibleByArgument {
    case auto
  }

  func validate() throws {
    guard PortPlan.validBases.contains(portBase) else {
      throw ValidationError("--port-base must be \(PortPlan.validBases.lowerBound) to \(PortPlan.validBases.upperBound).")
    }
  }

  func run() async throws {
    try await FailureReport.around {
      let stop = StopRequest()
      let folder = data.folder
      let supervisor = Supervisor(
        folder: folder, ports: ports == .auto ? .automatic : .base(portBase), archive: walArchive, stop: stop
      ) { line in
        Terminal.print("patron: \(line)")
      }
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await Self.heed(signals, stop, supervisor) }
        try await supervisor.run { services in Terminal.print(Self.welcome(services, folder)) }
        group.cancelAll()
      }
    }
  }

  /// The first signal drains, the second ends everything at once.
  private static func heed(_ signals: UnixSignalsSequence, _ stop: StopRequest, _ supervisor: Supervisor) async {
    var patience = StopPatience()
    for await signal in signals {
      switch patience.answer(to: signal, at: .now) {
      case .drain:
        Terminal.print("patron: \(signal): stopping; once more ends everything at once")
        stop.make()
      case .ignore: continue
      case .endAtOnce:
        Terminal.print("patron: \(signal): ending everything at once")
        supervisor.killAll()
        _exit(128 + signal.rawValue)
      }
    }
  }

  /// Where everything is, and a first call to paste.
  private static func welcome(_ services: [String: ReadyFile], _ folder: DataFolder) -> String {
    var table = Table([("service", .left), ("rpc", .left), ("admin", .left), ("process", .right)])
    for name in Roster.names {
      if let ready = services[name] { table.add([name, ready.rpc, "http://\(ready.admin)/metrics", "\(ready.pid)"]) }
    }
    let gateway = services[Roster.gateway]?.rpc ?? ""
    return """

      \(table.text)

      Data, keys and logs: \(folder.path)
      A first call:

        patron call LoyaltyService/GetProgram --data \(folder.path)

      The same from Python (pip install grpcio grpc-requests):

        from grpc_requests import Client
        key = open("\(folder.bootstrapKey)").read().strip()
        gateway = Client.get_by_endpoint("\(gateway)")
        print(gateway.request("patron.loyalty.v1.LoyaltyService", "GetProgram", {}, metadata=[("authorization", "Bearer " + key)]))

      """
  }
}
