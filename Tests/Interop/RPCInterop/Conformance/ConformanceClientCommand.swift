internal import ArgumentParser
internal import Foundation
internal import InteropProto
internal import RPC
internal import RPCTransport

struct ConformanceClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance-client", abstract: "The client under test of connectrpc's conformance suite; its runner starts it.")

  /// Calls that are under way at once.
  private static let callsAtOnce = 16

  func run() async throws {
    // Reading blocks a thread, which is not to be one of those that tasks run on.
    let (requests, continuation) = AsyncThrowingStream.makeStream(of: ConformanceV1.ClientCompatRequest.self)
    Thread.detachNewThread {
      do {
        while let request = try DelimitedMessages.read(ConformanceV1.ClientCompatRequest.self) { continuation.yield(request) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    let files = try TemporaryFiles()
    try await withThrowingTaskGroup(of: Void.self) { group in
      var running = 0
      for try await request in requests {
        if running == Self.callsAtOnce {
          try await group.next()
          running -= 1
        }
        running += 1
        group.addTask {
          try DelimitedMessages.write(await Self.answer(request, files))
        }
      }
      try await group.waitForAll()
    }
  }

  private static func answer(_ request: ConformanceV1.ClientCompatRequest, _ files: TemporaryFiles) async
    -> ConformanceV1.ClientCompatResponse
  {
    do {
      let channel = try NetworkChannel(configuration(request, files))
      let result = try await ConformanceCall(request, channel).run()
      await channel.close()
      return ConformanceV1.ClientCompatResponse(testName: request.testName, result: .response(result))
    } catch {
      return ConformanceV1.ClientCompatResponse(
        testName: request.testName, result: .error(ConformanceV1.ClientErrorResult(message: "\(error)")))
    }
  }

  private static func configuration(
    _ request: ConformanceV1.ClientCompatRequest, _ files: TemporaryFiles
  ) throws -> ChannelConfiguration {
    var configuration = ChannelConfiguration(addresses: [ListenAddress(host: request.host, port: Int(request.port))])
    configuration.logger.logLevel = .critical
    if request.messageReceiveLimit > 0 { configuration.largestMessageBytes = Int(request.messageReceiveLimit) }
    if !request.serverTlsCert.isEmpty {
      configuration.tls = ClientTLS(
        authorityPath: try files.path(of: request.serverTlsCert),
        certificateChainPath: try request.clientTlsCreds.map { try files.path(of: $0.cert) },
        privateKeyPath: try request.clientTlsCreds.map { try files.path(of: $0.key) })
    }
    return configuration
  }
}
