internal import CEchoProto
internal import CProtobufC
package import ProtobufC

// The messages of Benchmarks/proto/bench.proto, written by hand in the form that proto/generator gives a service's messages.

package struct EchoMessage: ProtobufMessage {
  package var id = ""
  package var amount: Int64 = 0
  package var payload: [UInt8] = []

  package static var fullName: String { "bench.Msg" }
  package static var layout: MessageLayout { MessageLayout(layout_of_bench__msg()) }

  package init() {}

  package init(id: String, amount: Int64, payload: [UInt8]) {
    self.id = id
    self.amount = amount
    self.payload = payload
  }

  package init(reading message: UnsafeRawPointer) throws(ProtobufError) {
    let c = message.assumingMemoryBound(to: Bench__Msg.self)
    id = try FieldReading.string(c.pointee.id, "bench.Msg.id")
    amount = c.pointee.amount
    payload = FieldReading.bytes(c.pointee.payload)
  }

  package func write(to message: UnsafeMutableRawPointer, in arena: MessageArena) {
    let c = message.assumingMemoryBound(to: Bench__Msg.self)
    c.pointee.id = arena.string(id)
    c.pointee.amount = amount
    c.pointee.payload = arena.bytes(payload)
  }
}

package struct EchoStreamRequest: ProtobufMessage {
  package var count: Int32 = 0
  package var size: Int32 = 0

  package static var fullName: String { "bench.StreamReq" }
  package static var layout: MessageLayout { MessageLayout(layout_of_bench__stream_req()) }

  package init() {}

  package init(reading message: UnsafeRawPointer) throws(ProtobufError) {
    let c = message.assumingMemoryBound(to: Bench__StreamReq.self)
    count = c.pointee.count
    size = c.pointee.size
  }

  package func write(to message: UnsafeMutableRawPointer, in arena: MessageArena) {
    let c = message.assumingMemoryBound(to: Bench__StreamReq.self)
    c.pointee.count = count
    c.pointee.size = size
  }
}
