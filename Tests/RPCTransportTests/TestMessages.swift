import GoogleProto
import RPC
import Synchronization

/// The messages that the test service speaks: any message with a text and a number does.
typealias Note = GoogleRPC.Status

extension GoogleRPC.Status {
  init(_ text: String, _ number: Int = 0) {
    self.init(code: Int32(number), message: text)
  }
}

/// The methods of `NoteService`.
enum NoteMethods {
  static let echo = unary("Echo")
  static let echoOffLoop = unary("EchoOffLoop")
  static let refuse = unary("Refuse")
  static let breakDown = unary("BreakDown")
  static let sleep = unary("Sleep")
  static let inspect = unary("Inspect")
  static let grind = unary("Grind")
  static let release = unary("Release")
  static let hold = unary("Hold")
  static let squeeze = unary("Squeeze")
  static let squeezeEach = MethodDescriptor(service: NoteService.serviceName, method: "SqueezeEach", kind: .bidirectional)
  static let collect = MethodDescriptor(service: NoteService.serviceName, method: "Collect", kind: .clientStreaming)
  static let count = MethodDescriptor(service: NoteService.serviceName, method: "Count", kind: .serverStreaming)
  static let flood = MethodDescriptor(service: NoteService.serviceName, method: "Flood", kind: .serverStreaming)
  static let chat = MethodDescriptor(service: NoteService.serviceName, method: "Chat", kind: .bidirectional)
  static let unknown = unary("Unknown")

  private static func unary(_ name: String) -> MethodDescriptor {
    MethodDescriptor(service: NoteService.serviceName, method: name, kind: .unary)
  }
}

/// A service with a method for each thing that a transport must carry.
final class NoteService: RPCService {
  static let serviceName = "test.NoteService"

  struct Refusal: RPCErrorConvertible {
    var rpcError: RPCError {
      RPCError(
        .failedPrecondition, "not today: 50 % off, “sorry”", reason: "NOT_TODAY", domain: "test.patron", metadata: ["day": "Monday"],
        fieldViolations: [("text", "is empty")], retryDelay: .milliseconds(1500))
    }
  }

  struct Breakdown: Error {
    let secret = "SELECT * FROM secrets"
  }

  /// Handlers of `grind` that have begun.
  let grinding = Signal()
  /// Set by `release`, awaited by `grind`.
  let isReleased = Atomic<Bool>(false)
  /// Messages that `flood` has handed to its stream.
  let flooded = Atomic<Int>(0)
  /// Handlers that were cancelled while they slept.
  let cancelled = Signal()
  /// Handlers of `sleep` that have begun.
  let sleeping = Signal()

  var methods: [RPCMethod] {
    [
      .unary(NoteMethods.echo) { (note: Note, _) in note },
      .unary(NoteMethods.echoOffLoop, execution: .offLoop) { (note: Note, _) in note },
      .unary(NoteMethods.refuse) { (_: Note, context) -> Note in
        context.responseTrailers.append("refused-by", "test")
        throw Refusal()
      },
      .unary(NoteMethods.breakDown) { (_: Note, _) -> Note in throw Breakdown() },
      .unary(NoteMethods.sleep) { [self] (note: Note, _) in
        sleeping.raise()
        do {
          try await Task.sleep(for: .milliseconds(Int(note.code)))
        } catch {
          cancelled.raise()
          throw error
        }
        return note
      },
      .unary(NoteMethods.inspect) { (note: Note, context) in
        context.responseMetadata.append("seen", context.metadata.values("word").joined(separator: "|"))
        context.responseTrailers.append("seen-bin", binary: context.metadata.binary("blob-bin") ?? [])
        return Note(context.deadline == nil ? "no deadline" : "deadline", context.peer.isEncrypted ? 1 : 0)
      },
      // Computes, never suspending, until `release` was called; its note tells whether that came within half a minute.
      .unary(NoteMethods.grind, execution: .offLoop) { [self] (_: Note, _) in
        grinding.raise()
        let end = ContinuousClock.now + .seconds(30)
        while !isReleased.load(ordering: .relaxed), ContinuousClock.now < end {}
        return Note("ground", isReleased.load(ordering: .relaxed) ? 1 : 0)
      },
      .unary(NoteMethods.release) { [self] (note: Note, _) in
        isReleased.store(true, ordering: .relaxed)
        return note
      },
      // Holds its event loop for so many milliseconds.
      .unary(NoteMethods.hold) { (note: Note, _) in
        let end = ContinuousClock.now + .milliseconds(Int(note.code))
        while ContinuousClock.now < end {}
        return note
      },
      .unary(NoteMethods.squeeze) { (note: Note, context) in
        context.responseCompression = note.code == 1 ? .gzip : .identity
        return Note(note.message, context.requestIsCompressed ? 1 : 0)
      },
      .bidirectional(NoteMethods.squeezeEach) { (notes: RequestStream<Note>, context, replies: ResponseStream<Note>) in
        context.responseCompression = .gzip
        for try await note in notes {
          try await replies.send(Note(note.message, context.requestIsCompressed ? 1 : 0), compress: note.code == 1)
        }
      },
      .clientStreaming(NoteMethods.collect) { (notes: RequestStream<Note>, _) in
        var sum = 0
        var texts: [String] = []
        for try await note in notes {
          sum += Int(note.code)
          texts.append(note.message)
        }
        return Note(texts.joined(separator: ","), sum)
      },
      .serverStreaming(NoteMethods.count) { (note: Note, _, replies: ResponseStream<Note>) in
        for number in 0..<Int(note.code) { try await replies.send(Note(note.message, number)) }
      },
      .serverStreaming(NoteMethods.flood) { [self] (note: Note, _, replies: ResponseStream<Note>) in
        let text = String(repeating: "x", count: 1000)
        for number in 0..<Int(note.code) {
          try await replies.send(Note(text, number))
          flooded.wrappingAdd(1, ordering: .relaxed)
        }
      },
      .bidirectional(NoteMethods.chat) { (notes: RequestStream<Note>, _, replies: ResponseStream<Note>) in
        for try await note in notes { try await replies.send(Note("re: " + note.message, Int(note.code))) }
      },
    ]
  }
}

/// Counts events of one kind; a test waits for the n-th.
final class Signal: Sendable {
  private struct State {
    var count = 0
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  /// How often it was raised.
  var seen: Int { state.withLock { $0.count } }

  func raise() {
    let ready = state.withLock { state in
      state.count += 1
      let ready = state.waiters.filter { $0.count <= state.count }
      state.waiters.removeAll { $0.count <= state.count }
      return ready.map(\.continuation)
    }
    for continuation in ready { continuation.resume() }
  }

  func wait(for count: Int = 1) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.count >= count { return true }
        state.waiters.append((count, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}
