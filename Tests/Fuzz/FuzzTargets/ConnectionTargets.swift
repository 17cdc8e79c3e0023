internal import Foundation
internal import GoogleProto
internal import Logging
internal import RPC
internal import RPCTransport

/// A server's whole connection: frames, request heads, routing, messages, handlers. Whatever comes, nothing of it stays.
package struct ServerTarget: FuzzTarget {
  package static let name = "server"
  private let rig = Rig()

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    try rig.serve(random.chance(2) ? [input] : input.split(&random))
  }
}

/// A client's whole connection with calls of every kind under way: each of them ends.
package struct ClientTarget: FuzzTarget {
  package static let name = "client"
  private let rig = Rig()

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    try rig.call(random.chance(2) ? [input] : input.split(&random))
  }
}

/// A server and a client without sockets, on an event loop that lives as long as the process.
struct Rig {
  private static let loops = EventLoops(count: 1)
  private let server: EmbeddedServer
  private let client = EmbeddedClient(loops: loops)
  private static let patienceMilliseconds = 60_000

  init() {
    var configuration = RPCServerConfiguration(loops: Rig.loops)
    configuration.logger.logLevel = .critical
    configuration.largestMessageBytes = 64 * 1024
    server = EmbeddedServer(configuration, services: [EchoService()])
  }

  @discardableResult
  func serve(_ pieces: [[UInt8]]) throws -> [UInt8] {
    let remains = server.converse(pieces, patience: Rig.patienceMilliseconds)
    guard remains.runningHandlers == 0 else { throw Finding("a handler goes on without its caller") }
    guard remains.heldBytes == 0, remains.arrivingMessages == 0 else {
      throw Finding("\(remains.heldBytes) bytes and \(remains.arrivingMessages) messages stay behind a connection")
    }
    guard remains.connections == 0 else { throw Finding("a connection stays") }
    return remains.written
  }

  @discardableResult
  func call(_ pieces: [[UInt8]]) throws -> [UInt8] {
    let ended = DispatchSemaphore(value: 0)
    let result = Box()
    Task { [client] in
      result.remains = await client.converse(pieces, calling: EchoService.allMethods)
      ended.signal()
    }
    guard ended.wait(timeout: .now() + .milliseconds(Rig.patienceMilliseconds)) == .success, let remains = result.remains else {
      throw Finding("a call goes on without its connection")
    }
    return remains.written
  }

  /// `@unchecked Sendable`: written before the semaphore is signalled, read after.
  private final class Box: @unchecked Sendable {
    var remains: EmbeddedClient.Remains?
  }
}

/// A method of each kind, on the loop and off it.
struct EchoService: RPCService {
  static let serviceName = "fuzz.Echo"

  static let allMethods = [
    method("Unary", .unary), method("OffLoop", .unary), method("Collect", .clientStreaming), method("Repeat", .serverStreaming),
    method("Chat", .bidirectional),
  ]

  private static func method(_ name: String, _ kind: MethodDescriptor.Kind) -> MethodDescriptor {
    MethodDescriptor(service: serviceName, method: name, kind: kind)
  }

  var methods: [RPCMethod] {
    [
      .unary(Self.allMethods[0]) { (note: GoogleRPC.Status, context) in
        for (name, value) in context.metadata where name.hasPrefix("echo-") { context.responseTrailers.append(name, value) }
        return note
      },
      .unary(Self.allMethods[1], execution: .offLoop) { (note: GoogleRPC.Status, _) in note },
      .clientStreaming(Self.allMethods[2]) { (notes: RequestStream<GoogleRPC.Status>, _) in
        var last = GoogleRPC.Status()
        for try await note in notes { last = note }
        return last
      },
      .serverStreaming(Self.allMethods[3]) { (note: GoogleRPC.Status, context, replies: ResponseStream<GoogleRPC.Status>) in
        context.responseCompression = .gzip
        for _ in 0..<max(0, min(note.code, 20)) { try await replies.send(note) }
      },
      .bidirectional(Self.allMethods[4]) { (notes: RequestStream<GoogleRPC.Status>, _, replies: ResponseStream<GoogleRPC.Status>) in
        for try await note in notes { try await replies.send(note) }
      },
    ]
  }
}
