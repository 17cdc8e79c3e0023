internal import RPC

/// The message deframer: in whatever pieces a body comes, the messages and the refusal are the same, and no more is held than came.
package struct DeframerTarget: FuzzTarget {
  package static let name = "deframer"
  private let memory = GuardedMemory(capacity: 2 * Mutator.largestInput)

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    for takesCompressed in [false, true] {
      let whole = try deframe([input], takesCompressed)
      let split = try deframe(input.split(&random), takesCompressed)
      guard whole == split else { throw Finding("other messages when the bytes come in pieces") }
    }
  }

  private struct Outcome: Equatable {
    var messages: [WireMessage] = []
    var refusal: StatusCode?
    var isInsideMessage = false
  }

  private func deframe(_ pieces: [[UInt8]], _ takesCompressed: Bool) throws -> Outcome {
    var deframer = MessageDeframer(largestMessageBytes: 8192)
    deframer.takesCompressed = takesCompressed
    var outcome = Outcome()
    do {
      for piece in pieces { try memory.hold(piece) { try deframer.append($0) { outcome.messages.append($0) } } }
    } catch let error as RPCError {
      outcome.refusal = error.code
      return outcome
    }
    outcome.isInsideMessage = deframer.isInsideMessage
    let total = pieces.reduce(0) { $0 + $1.count }
    let taken = outcome.messages.reduce(deframer.bufferedBytes) { $0 + $1.bytes.count + MessageFrame.prefixLength }
    guard taken <= total, total - taken <= MessageFrame.prefixLength else { throw Finding("\(taken) bytes of \(total) came out") }
    return outcome
  }
}

/// Metadata and the texts in it: base64, percent-encoding.
package struct MetadataTarget: FuzzTarget {
  package static let name = "metadata"
  private let memory = GuardedMemory(capacity: 2 * Mutator.largestInput)

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    try memory.hold(input) { input in
      let bytes = input.bindMemory(to: UInt8.self)
      try check(base64: bytes)
      let message = PercentEncoding.decode(bytes)
      guard PercentEncoding.decode(PercentEncoding.encode(message)) == message else { throw Finding("a message comes back otherwise") }
      try check(metadata: bytes)
    }
  }

  private func check(base64 text: UnsafeBufferPointer<UInt8>) throws {
    guard Base64.decode(Base64.encode(text)) == Array(text) else { throw Finding("bytes come back otherwise from base64") }
    if let decoded = Base64.decode(text), Base64.encode(decoded) != text.filter({ $0 != UInt8(ascii: "=") }) {
      throw Finding("base64 has two forms of the same bytes")
    }
  }

  /// The input as both the name and the value of fields.
  private func check(metadata bytes: UnsafeBufferPointer<UInt8>) throws {
    var metadata = Metadata()
    let half = UnsafeBufferPointer(rebasing: bytes[..<(bytes.count / 2)])
    metadata.append(rawName: half, rawValue: bytes)
    Array("blob-bin".utf8).withUnsafeBufferPointer { metadata.append(rawName: $0, rawValue: bytes) }
    metadata.append(rawName: bytes, rawValue: half)
    guard metadata.count == 3 else { throw Finding("a field is lost") }
    for value in metadata.binaryValues("blob-bin") where value.count > bytes.count { throw Finding("a value grew by being decoded") }
    _ = metadata["a"]
    _ = metadata.description
    var copy = Metadata()
    copy.append(contentsOf: metadata)
    guard copy == metadata, Array(copy.map(\.value)) == Array(metadata.map(\.value)) else { throw Finding("a copy is no copy") }
    copy.remove("blob-bin")
  }
}

/// `grpc-timeout`.
package struct TimeoutTarget: FuzzTarget {
  package static let name = "timeout"
  private let memory = GuardedMemory(capacity: 2 * Mutator.largestInput)

  package init() {}

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    try memory.hold(input) { input in
      guard let timeout = Timeout.parse(input.bindMemory(to: UInt8.self)) else { return }
      guard timeout >= .zero else { throw Finding("a time before now") }
      guard let again = Array(Timeout.format(timeout).utf8).withUnsafeBufferPointer({ Timeout.parse($0) }) else {
        throw Finding("what is written cannot be read")
      }
      guard again >= timeout else { throw Finding("\(timeout) became \(again)") }
    }
  }
}

/// Inflating: within the limit or refused; and what is deflated comes back.
package struct GzipTarget: FuzzTarget {
  package static let name = "gzip"
  private static let limit = 4096
  private let memory = GuardedMemory(capacity: 2 * Mutator.largestInput)

  package init() {}

  package func seeds() -> [[UInt8]] {
    [[], Array("hello, hello, hello".utf8), [UInt8](repeating: 0, count: 4096), [UInt8](repeating: 7, count: 5000)].map { message in
      message.withUnsafeBytes { Gzip.deflate($0) }
    }
  }

  package func run(_ input: [UInt8], _ random: inout FuzzRandom) throws {
    do {
      let message = try Gzip.inflate(input, limit: GzipTarget.limit)
      guard message.count <= GzipTarget.limit else { throw Finding("\(message.count) bytes came out") }
    } catch let error as RPCError {
      guard error.code == .resourceExhausted || error.code == .internalError else { throw Finding("an unexpected refusal: \(error.code)") }
    }
    let packed = memory.hold(input) { Gzip.deflate($0) }
    guard try Gzip.inflate(packed, limit: input.count) == input else { throw Finding("what was deflated comes back otherwise") }
  }
}
