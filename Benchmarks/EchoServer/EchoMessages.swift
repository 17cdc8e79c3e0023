internal import CEchoProto
internal import CProtobufC
internal import ProtobufC

// The messages of Benchmarks/proto/bench.proto, written by hand in the form that proto/generator gives a service's messages.

struct EchoMessage: ProtobufMessage {
  var id = ""
  var amount: Int64 = 0
  var payload: [UInt8] = []

  static var fullName: String { "bench.Msg" }
  static var layout: MessageLayout { MessageLayout(layout_of_bench__msg()) }

  init() {}

  init(id: String, amount: Int64, payload: [UInt8]) {
    self.id = id
    self.amount = amount
    self.payload = payload
  }

  init(reading message: UnsafeRawPointer) throws(ProtobufError) {
    let c = message.assumingMemoryBound(to: Bench__Msg.self)
    id = try FieldReading.string(c.pointee.id, "bench.Msg.id")
    amount = c.pointee.amount
    payload = FieldReading.bytes(c.pointee.payload)
  }

  func write(to message: UnsafeMutableRawPointer, in arena: MessageArena) {
    let c = message.assumingMemoryBound(to: Bench__Msg.self)
    c.pointee.id = arena.string(id)
    c.pointee.amount = amount
    c.pointee.payload = arena.bytes(payload)
  }
}

struct EchoStreamRequest: ProtobufMessage {
  var count: Int32 = 0
  var size: Int32 = 0

  static var fullName: String { "bench.StreamReq" }
  static var layout: MessageLayout { MessageLayout(layout_of_bench__stream_req()) }

  init() {}

  init(reading message: UnsafeRawPointer) throws(ProtobufError) {
    let c = message.assumingMemoryBound(to: Bench__StreamReq.self)
    count = c.pointee.count
    size = c.pointee.size
  }

  func write(to message: UnsafeMutableRawPointer, in arena: MessageArena) {
    let c = message.assumingMemoryBound(to: Bench__StreamReq.self)
    c.pointee.count = count
    c.pointee.size = size
  }
}
