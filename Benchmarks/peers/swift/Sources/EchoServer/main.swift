// EchoServer PORT: bench.Echo on grpc-swift-2, in plaintext on 127.0.0.1, until it is killed.

import GRPCCore
import GRPCNIOTransportHTTP2Posix

guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
  fatalError("usage: EchoServer PORT")
}
let transport = HTTP2ServerTransport.Posix(address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext)
try await GRPCServer(transport: transport, services: [EchoService()]).serve()
