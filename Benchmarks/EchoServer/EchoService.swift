internal import RPC

/// `bench.Echo`: gives back what it gets, decoded and encoded as any service's messages are.
struct EchoService: RPCService {
  static let serviceName = "bench.Echo"

  var methods: [RPCMethod] {
    [
      .unary(MethodDescriptor(service: Self.serviceName, method: "Unary", kind: .unary)) {
        (request: EchoMessage, _) in request
      },
      .serverStreaming(MethodDescriptor(service: Self.serviceName, method: "ServerStream", kind: .serverStreaming)) {
        (request: EchoStreamRequest, _, response: ResponseStream<EchoMessage>) in
        let payload = [UInt8](repeating: 120, count: Int(max(0, request.size)))
        for number in 0..<max(0, request.count) {
          try await response.send(EchoMessage(id: "stream", amount: Int64(number), payload: payload))
        }
      },
    ]
  }
}
