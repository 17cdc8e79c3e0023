/// Writes one service: the protocol that an implementation conforms to, the client stub, and the methods' descriptors.
struct SwiftServiceWriter {
  let contract: Contract

  func write(_ service: Contract.Service, namespace: String, to code: inout CodeWriter) {
    code.block("extension \(namespace)") { code in
      writeProtocol(service, to: &code)
      code.line()
      writeDescriptors(service, to: &code)
      code.line()
      writeClient(service, to: &code)
    }
    code.line()
    writeRegistration(service, namespace: namespace, to: &code)
  }

  private func writeProtocol(_ service: Contract.Service, to code: inout CodeWriter) {
    code.documentation(service.comment)
    code.block("public protocol \(service.name): RPCService") { code in
      for method in service.methods {
        code.documentation(method.comment)
        let parameters =
          (handlerParameters(method).map { $0.label.isEmpty ? "\($0.name): \($0.type)" : "\($0.label) \($0.name): \($0.type)" }).joined(
            separator: ", ")
        code.line("func \(SwiftNames.method(method.name))(\(parameters)) async throws\(reply(method))")
      }
    }
  }

  private func reply(_ method: Contract.Service.Method) -> String {
    method.streamsReplies ? "" : " -> \(contract.swiftType(method.reply))"
  }

  private func handlerParameters(_ method: Contract.Service.Method) -> [(label: String, name: String, type: String)] {
    let request = contract.swiftType(method.request)
    var result =
      method.streamsRequests ? [("_", "requests", "RequestStream<\(request)>")] : [("_", "request", request)]
    result.append(("", "context", "ServerContext"))
    if method.streamsReplies { result.append(("", "response", "ResponseStream<\(contract.swiftType(method.reply))>")) }
    return result
  }

  private func writeDescriptors(_ service: Contract.Service, to code: inout CodeWriter) {
    code.line("/// The methods of `\(service.name)` by name.")
    code.block("public enum \(service.name)Methods") { code in
      for method in service.methods {
        code.line(
          "public static let \(SwiftNames.method(method.name)): MethodDescriptor = MethodDescriptor(service: \"\(service.fullName)\", method: \"\(method.name)\", kind: .\(kind(method)))"
        )
      }
      code.line(
        "public static let all: [MethodDescriptor] = [\(service.methods.map { SwiftNames.method($0.name) }.joined(separator: ", "))]")
    }
  }

  private func writeClient(_ service: Contract.Service, to code: inout CodeWriter) {
    code.line("/// Calls `\(service.name)` over a channel. Every failure is thrown as an `RPCError`.")
    code.block("public struct \(service.name)Client: Sendable") { code in
      code.line("private let channel: any RPCChannel")
      code.line()
      code.line("public init(channel: any RPCChannel) { self.channel = channel }")
      for method in service.methods {
        code.line()
        code.documentation(method.comment)
        let name = SwiftNames.method(method.name)
        let request = contract.swiftType(method.request)
        let reply = contract.swiftType(method.reply)
        let descriptor = "\(service.name)Methods.\(name)"
        let options = "options: CallOptions = CallOptions()"
        switch kind(method) {
        case "unary":
          code.block("public func \(name)(_ request: \(request), \(options)) async throws -> \(reply)") { code in
            code.line("try await channel.unary(\(descriptor), request, options: options)")
          }
        case "serverStreaming":
          code.block("public func \(name)(_ request: \(request), \(options)) async throws -> ReplyStream<\(reply)>") { code in
            code.line("try await channel.serverStreaming(\(descriptor), request, options: options)")
          }
        default:
          code.block("public func \(name)(\(options)) async throws -> ClientStream<\(request), \(reply)>") { code in
            code.line("try await channel.streaming(\(descriptor), options: options)")
          }
        }
      }
    }
  }

  private func writeRegistration(_ service: Contract.Service, namespace: String, to code: inout CodeWriter) {
    code.block("extension \(namespace).\(service.name)") { code in
      code.line("public static var serviceName: String { \"\(service.fullName)\" }")
      code.line()
      code.block("public var methods: [RPCMethod]") { code in
        code.line("var methods: [RPCMethod] = []")
        for method in service.methods {
          let name = SwiftNames.method(method.name)
          let descriptor = "\(namespace).\(service.name)Methods.\(name)"
          let parameters = handlerParameters(method)
          let closureParameters = parameters.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
          let arguments = parameters.map { $0.label == "_" ? $0.name : "\($0.name): \($0.name)" }.joined(separator: ", ")
          code.line("methods.append(")
          code.line("  RPCMethod.\(kind(method))(\(descriptor), execution: execution(of: \(descriptor))) {")
          code.line("    (\(closureParameters)) async throws\(method.streamsReplies ? " -> Void" : reply(method)) in")
          code.line("    try await self.\(name)(\(arguments))")
          code.line("  })")
        }
        code.line("return methods")
      }
    }
  }

  private func kind(_ method: Contract.Service.Method) -> String {
    switch (method.streamsRequests, method.streamsReplies) {
    case (false, false): "unary"
    case (false, true): "serverStreaming"
    case (true, false): "clientStreaming"
    case (true, true): "bidirectional"
    }
  }
}
