import ArgumentParser
import PatronAPI
import RPC

/// One call through the gateway, in JSON.
struct CallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "Call a method through the gateway: JSON in, JSON out.",
    discussion: """
      patron call InventoryService/ListStores '{"pageSize": 3}'

      A service is named in full or by its last part. Without a method, the methods are listed. A refusal goes to standard error with \
      its code, reason and details, and the exit code is 1.
      """)

  @Argument(help: "SERVICE/METHOD, such as PointOfSaleService/Quote.") var method: String?
  @Argument(help: "The request as JSON, by the field names of the .proto files.") var json = "{}"
  @Option(help: "Give up after this many seconds.") var timeout: Double = 30
  @OptionGroup var gateway: GatewayOptions

  func run() async throws {
    try await FailureReport.around {
      guard let method else {
        Terminal.print(MethodDirectory.listing)
        return
      }
      let target = try MethodDirectory.find(method)
      let request = try ProtobufJSON.decode(json, messageName: target.requestName)
      let options = CallOptions(timeout: .seconds(timeout))
      try await Connection.with(gateway) { channel in
        if target.descriptor.kind == .unary {
          let reply = try await channel.unary(target.descriptor, request: request, options: options)
          Terminal.print(try ProtobufJSON.encode(reply.message, messageName: target.replyName))
        } else {
          try await printReplies(channel, target, request, options)
        }
      }
    }
  }

  private func printReplies(
    _ channel: any RPCChannel, _ target: MethodDirectory.Target, _ request: [UInt8], _ options: CallOptions
  ) async throws {
    let stream = try await channel.open(target.descriptor, options: options)
    try await stream.send(request)
    try await stream.finish()
    while let reply = try await stream.next() {
      Terminal.print(try ProtobufJSON.encode(reply, messageName: target.replyName))
    }
  }
}
