package import RPC

/// `bench.Echo`: gives back what it gets, decoded and encoded as any service's messages are.
package struct EchoService: RPCService {
  package static let serviceName = "bench.Echo"

  package static let unary = MethodDescriptor(service: serviceName, method: "Unary", kind: .unary)
  package static let serverStream = MethodDescriptor(service: serviceName, method: "ServerStream", kind: .serverStreaming)

  package init() {}

  package var methods: [RPCMethod] {
    [
      .unary(Self.unary) {
        (request: EchoMessage, _) in request
      },
      .serverStreaming(Self.serverStream) {
        (request: EchoStreamRequest, _, response: ResponseStream<EchoMessage>) in
        let payload = [UInt8](repeating: 120, count: Int(max(0, request.size)))
        for number in 0..<max(0, request.count) {
          try await response.send(EchoMessage(id: "stream", amount: Int64(number), payload: payload))
        }
      },
    ]
  }
}
