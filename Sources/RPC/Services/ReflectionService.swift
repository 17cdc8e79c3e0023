internal import GoogleProto

/// `grpc.reflection.v1.ServerReflection` and its elder twin `v1alpha`: tells tools what can be called here.
///
/// Both versions have the same messages on the wire, so one handler answers both.
/// Rule: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
public final class ReflectionService: RPCService {
  public static let serviceName = "grpc.reflection.v1.ServerReflection"
  private static let elderServiceName = "grpc.reflection.v1alpha.ServerReflection"

  private let index: DescriptorIndex
  private let serviceNames: [String]

  /// - Parameters:
  ///   - fileDescriptorSets: `google.protobuf.FileDescriptorSet` bytes, as protoc writes them with their imports.
  ///   - services: the full names of what can be called: the server's own services, and those that a proxy passes on.
  /// - Throws: when a set does not decode.
  public init(fileDescriptorSets: [[UInt8]], services: [String]) throws {
    index = try DescriptorIndex(fileDescriptorSets: fileDescriptorSets)
    serviceNames = Set(services + [Self.serviceName, Self.elderServiceName]).sorted()
  }

  public var methods: [RPCMethod] {
    [Self.serviceName, Self.elderServiceName].map { service in
      .bidirectional(MethodDescriptor(service: service, method: "ServerReflectionInfo", kind: .bidirectional)) {
        [self]
        (
          requests: RequestStream<ReflectionV1.ServerReflectionRequest>, _, response: ResponseStream<ReflectionV1.ServerReflectionResponse>
        ) in
        // A file travels once a stream: callers keep what they have.
        var sent: Set<String> = []
        for try await request in requests {
          try await response.send(
            ReflectionV1.ServerReflectionResponse(
              validHost: request.host, originalRequest: request, messageResponse: answer(request, &sent)))
        }
      }
    }
  }

  private func answer(
    _ request: ReflectionV1.ServerReflectionRequest, _ sent: inout Set<String>
  ) -> ReflectionV1.ServerReflectionResponse.MessageResponse {
    switch request.messageRequest {
    case .fileByFilename(let name):
      return index.hasFile(name) ? files(name, &sent) : refusal(.notFound, "Unknown file \(name).")
    case .fileContainingSymbol(let symbol):
      let symbol = symbol.hasPrefix(".") ? String(symbol.dropFirst()) : symbol
      guard let name = index.fileName(definingSymbol: symbol) else { return refusal(.notFound, "Unknown symbol \(symbol).") }
      return files(name, &sent)
    case .listServices:
      let services = serviceNames.map { ReflectionV1.ServiceResponse(name: $0) }
      return .listServicesResponse(ReflectionV1.ListServiceResponse(service: services))
    case .allExtensionNumbersOfType(let type):
      // The contract has proto3 files only, which define no extensions.
      guard index.messageNames.contains(type) else { return refusal(.notFound, "Unknown type \(type).") }
      return .allExtensionNumbersResponse(ReflectionV1.ExtensionNumberResponse(baseTypeName: type))
    case .fileContainingExtension:
      return refusal(.notFound, "Unknown extension.")
    case nil:
      return refusal(.invalidArgument, "The request asks for nothing.")
    }
  }

  private func files(_ name: String, _ sent: inout Set<String>) -> ReflectionV1.ServerReflectionResponse.MessageResponse {
    // Whoever asks for a file again by name gets it again.
    sent.remove(name)
    return .fileDescriptorResponse(ReflectionV1.FileDescriptorResponse(fileDescriptorProto: index.closure(of: name, without: &sent)))
  }

  private func refusal(_ code: StatusCode, _ message: String) -> ReflectionV1.ServerReflectionResponse.MessageResponse {
    .errorResponse(ReflectionV1.ErrorResponse(errorCode: code.rawValue, errorMessage: message))
  }
}
