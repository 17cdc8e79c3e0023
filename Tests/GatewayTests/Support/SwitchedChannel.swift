import RPC
import Synchronization

/// A service behind a switch: the whole of it or single methods can go down, lose their answers, or be kept waiting, and come
/// back. Counts what reached the service.
final class SwitchedChannel: RPCChannel {
  enum Behaviour: Sendable {
    case up
    /// Fails before the service sees the call.
    case down
    /// The service does it, and the answer is lost.
    case losesAnswers
    /// Answers without the service.
    case answers(RPCError)
    /// Calls wait here until the behaviour changes or their task is cancelled.
    case keptWaiting
  }

  private struct State {
    var whole = Behaviour.up
    var byMethod: [String: Behaviour] = [:]
    var waiting: [String: Int] = [:]
    var reached: [String: Int] = [:]
  }

  private let channel: any RPCChannel
  private let state = Mutex(State())

  init(_ channel: any RPCChannel) { self.channel = channel }

  func set(_ behaviour: Behaviour) { state.withLock { $0.whole = behaviour } }

  /// Wins over what was set for the whole service.
  func set(_ behaviour: Behaviour, for method: MethodDescriptor) { state.withLock { $0.byMethod[method.path] = behaviour } }

  func repair() {
    state.withLock { state in
      state.whole = .up
      state.byMethod = [:]
    }
  }

  /// How many calls of `method` the service has seen.
  func calls(of method: MethodDescriptor) -> Int { state.withLock { $0.reached[method.path, default: 0] } }

  /// Returns once a call of `method` is kept waiting.
  func someoneWaits(at method: MethodDescriptor) async throws {
    while state.withLock({ $0.waiting[method.path, default: 0] }) == 0 { try await Self.letOthersRun() }
  }

  func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    switch try await behaviour(of: method) {
    case .down:
      throw RPCError(.unavailable, "connection refused")
    case .losesAnswers:
      _ = try await pass(method, request, options)
      throw RPCError(.unavailable, "connection lost")
    case .answers(let error):
      throw error
    case .up, .keptWaiting:
      return try await pass(method, request, options)
    }
  }

  private func pass(_ method: MethodDescriptor, _ request: [UInt8], _ options: CallOptions) async throws -> RPCReply {
    state.withLock { $0.reached[method.path, default: 0] += 1 }
    return try await channel.unary(method, request: request, options: options)
  }

  private func behaviour(of method: MethodDescriptor) async throws -> Behaviour {
    func now() -> Behaviour { state.withLock { $0.byMethod[method.path] ?? $0.whole } }
    guard case .keptWaiting = now() else { return now() }
    state.withLock { $0.waiting[method.path, default: 0] += 1 }
    defer { state.withLock { $0.waiting[method.path, default: 0] -= 1 } }
    while case .keptWaiting = now() {
      do { try await Self.letOthersRun() } catch { throw RPCError(.cancelled, "the call was cancelled") }
    }
    return now()
  }

  /// A turn for everybody else. Waiting here decides nothing: whoever waits, waits for an event, however long that takes.
  private static func letOthersRun() async throws { try await Task.sleep(for: .milliseconds(1)) }

  func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    try await channel.open(method, options: options)
  }

  func close() async { await channel.close() }
}
