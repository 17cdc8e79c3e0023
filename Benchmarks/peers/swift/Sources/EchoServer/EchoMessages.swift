import Foundation
import SwiftProtobuf

// The messages of Benchmarks/proto/bench.proto on swift-protobuf, written by hand: protoc-gen-swift would take minutes to build for two messages.
// What runs is the same, for a generated message decodes and encodes by these very calls.

struct EchoMessage: Message, Equatable {
  static let protoMessageName = "bench.Msg"

  var id = ""
  var amount: Int64 = 0
  var payload = Data()
  var unknownFields = UnknownStorage()

  init() {}

  mutating func decodeMessage<Source: Decoder>(decoder: inout Source) throws {
    while let number = try decoder.nextFieldNumber() {
      switch number {
      case 1: try decoder.decodeSingularStringField(value: &id)
      case 2: try decoder.decodeSingularInt64Field(value: &amount)
      case 3: try decoder.decodeSingularBytesField(value: &payload)
      default: break
      }
    }
  }

  func traverse<Target: Visitor>(visitor: inout Target) throws {
    if !id.isEmpty { try visitor.visitSingularStringField(value: id, fieldNumber: 1) }
    if amount != 0 { try visitor.visitSingularInt64Field(value: amount, fieldNumber: 2) }
    if !payload.isEmpty { try visitor.visitSingularBytesField(value: payload, fieldNumber: 3) }
    try unknownFields.traverse(visitor: &visitor)
  }

  func isEqualTo(message: any Message) -> Bool { message as? Self == self }
}

struct EchoStreamRequest: Message, Equatable {
  static let protoMessageName = "bench.StreamReq"

  var count: Int32 = 0
  var size: Int32 = 0
  var unknownFields = UnknownStorage()

  init() {}

  mutating func decodeMessage<Source: Decoder>(decoder: inout Source) throws {
    while let number = try decoder.nextFieldNumber() {
      switch number {
      case 1: try decoder.decodeSingularInt32Field(value: &count)
      case 2: try decoder.decodeSingularInt32Field(value: &size)
      default: break
      }
    }
  }

  func traverse<Target: Visitor>(visitor: inout Target) throws {
    if count != 0 { try visitor.visitSingularInt32Field(value: count, fieldNumber: 1) }
    if size != 0 { try visitor.visitSingularInt32Field(value: size, fieldNumber: 2) }
    try unknownFields.traverse(visitor: &visitor)
  }

  func isEqualTo(message: any Message) -> Bool { message as? Self == self }
}
