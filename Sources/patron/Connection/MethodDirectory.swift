import PatronAPI
import RPC

/// The methods of the contract, by the names that a person types.
enum MethodDirectory {
  struct Target {
    var descriptor: MethodDescriptor
    var requestName: String
    var replyName: String
  }

  /// - Parameter name: "PointOfSaleService/Quote", "patron.gateway.v1.PointOfSaleService/Quote", or either with a leading slash.
  static func find(_ name: String) throws -> Target {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count == 2 else { throw CommandError("\(name) is not SERVICE/METHOD; patron call lists them") }
    let services = ProtobufJSON.services.filter { $0.fullName == parts[0] || $0.fullName.hasSuffix(".\(parts[0])") }
    guard let service = services.first else { throw CommandError("there is no service \(parts[0]); patron call lists them") }
    guard services.count == 1 else {
      throw CommandError("\(parts[0]) may be \(services.map(\.fullName).joined(separator: " or ")): name it in full")
    }
    guard let method = service.methods.first(where: { $0.name == parts[1] }) else {
      throw CommandError("\(service.fullName) has no method \(parts[1]), but \(service.methods.map(\.name).joined(separator: ", "))")
    }
    guard !method.streamsRequests else { throw CommandError("\(name) takes a stream of requests, which patron call cannot send") }
    return Target(
      descriptor: MethodDescriptor(
        service: service.fullName, method: method.name, kind: method.streamsReplies ? .serverStreaming : .unary),
      requestName: method.requestName, replyName: method.replyName)
  }

  /// Every service with its methods and their messages.
  static var listing: String {
    ProtobufJSON.services.filter { $0.fullName.hasPrefix("patron.") }.map { service in
      let methods = service.methods.map { method in
        "  \(method.name)(\(lastPart(method.requestName))) → \(method.streamsReplies ? "stream of " : "")\(lastPart(method.replyName))"
      }
      return ([service.fullName] + methods).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func lastPart(_ name: String) -> Substring { name.split(separator: ".").last ?? "" }
}
