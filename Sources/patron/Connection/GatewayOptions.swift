import ArgumentParser
import Logging
import RPC
import RPCTransport
import ServiceKit

/// How a command reaches the gateway and who it says it is. By default: the system in the data folder, as its first client.
struct GatewayOptions: ParsableArguments {
  @OptionGroup var data: DataOptions

  @Option(help: "The gateway's host:port; by default the one that patron up wrote into the data folder, else 127.0.0.1:5150.")
  var address: String?

  @Option(help: "The API key; by default the first client's, from the data folder.")
  var apiKey: String?

  @Option(name: .customLong("tls-ca"), help: "PEM file of the authority that the gateway's certificate comes from. Without it: plaintext.")
  var authority: String?

  @Option(name: .customLong("tls-certificate"), help: "PEM file of this client's certificate, where the gateway asks for one.")
  var certificate: String?

  @Option(name: .customLong("tls-key"), help: "PEM file of the certificate's private key.")
  var key: String?

  var gatewayAddress: String {
    address ?? AddressBook.read(data.folder)?["gateway"]?.rpc ?? "127.0.0.1:5150"
  }

  /// Opens a channel whose every call carries the API key. Whoever opens it closes it.
  func connect() throws -> any RPCChannel {
    let tls = authority.map { ClientTLS(authorityPath: $0, certificateChainPath: certificate, privateKeyPath: key) }
    let apiKey = try self.apiKey ?? data.folder.readBootstrapKey()
    return InterceptedChannel(try Connection.open(gatewayAddress, tls: tls), interceptors: [BearerKey(apiKey: apiKey)])
  }
}

enum Connection {
  /// A channel to one address, with no word logged: what goes wrong is thrown by the calls.
  static func open(_ address: String, tls: ClientTLS? = nil) throws -> any RPCChannel {
    guard let parsed = HostAndPort(address), parsed.port != 0 else { throw CommandError("\(address) is not host:port") }
    return try NetworkChannel(
      ChannelConfiguration(
        addresses: [ListenAddress(host: parsed.host, port: parsed.port)], tls: tls,
        logger: Logger(label: "patron") { _ in SwiftLogNoOpLogHandler() }))
  }

  /// Runs `body` with a channel to the gateway and closes it.
  static func with<Result>(_ options: GatewayOptions, _ body: (any RPCChannel) async throws -> Result) async throws -> Result {
    let channel = try options.connect()
    do {
      let result = try await body(channel)
      await channel.close()
      return result
    } catch {
      await channel.close()
      throw error
    }
  }
}

/// Adds `authorization: Bearer …` to every call.
private struct BearerKey: ClientInterceptor {
  let apiKey: String

  func intercept<Reply: Sendable>(
    _ method: MethodDescriptor, _ options: CallOptions, next: @Sendable (CallOptions) async throws -> Reply
  ) async throws -> Reply {
    var options = options
    guard options.metadata.set("authorization", "Bearer \(apiKey)") else { throw CommandError("the API key is not printable ASCII") }
    return try await next(options)
  }
}
