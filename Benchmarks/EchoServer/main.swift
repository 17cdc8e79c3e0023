// echo-server [--loops N] [--tls-certificate FILE --tls-key FILE] PORT
//
// Serves bench.Echo in plaintext on 127.0.0.1 until it is killed; make bench-rpc measures it.

internal import Echo
internal import RPCTransport

var arguments = Array(CommandLine.arguments.dropFirst())

@MainActor func option(_ name: String) -> String? {
  guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
  defer { arguments.removeSubrange(index...index + 1) }
  return arguments[index + 1]
}

let loops = EventLoops(count: option("--loops").flatMap { Int($0) } ?? 1)
var configuration = RPCServerConfiguration(loops: loops)
if let certificate = option("--tls-certificate"), let key = option("--tls-key") {
  configuration.tls = ServerTLS(certificateChainPath: certificate, privateKeyPath: key)
}
guard arguments.count == 1, let port = Int(arguments[0]) else {
  fatalError("usage: echo-server [--loops N] [--tls-certificate FILE --tls-key FILE] PORT")
}
configuration.port = port

let server = RPCServer(configuration: configuration, services: [EchoService()])
let address = try await server.start()
print("listening on \(address)")
while true { try await Task.sleep(for: .seconds(3600)) }
