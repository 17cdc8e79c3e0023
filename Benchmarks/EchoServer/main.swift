// echo-server [--loops N] [--tls-certificate FILE --tls-key FILE] PORT
//
// Serves bench.Echo in plaintext on 127.0.0.1 until it is killed; Benchmarks/rpc.py measures it.

internal import Glibc
internal import RPC
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
Task.detached {
  do {
    print("listening on \(try await server.start())")
  } catch {
    fatalError("cannot listen: \(error)")
  }
}
// Not an `await`: an asynchronous main ends the main thread, which callgrind does not survive.
while true { sleep(3600) }
