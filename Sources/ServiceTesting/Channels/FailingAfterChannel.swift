public import RPC
import Synchronization

/// A service that goes down after it has answered `calls` calls. `repair()` brings it back for good.
///
/// With `losesTheAnswer`, the call that finds it down has still taken effect: only its answer is lost, as when a connection
/// breaks after the commit.
public final class FailingAfterChannel: RPCChannel {
  private enum State {
    case answering(left: Int)
    case down
    case repaired
  }

  private let channel: any RPCChannel
  private let losesTheAnswer: Bool
  private let state: Mutex<State>

  public init(_ channel: any RPCChannel, after calls: Int, losesTheAnswer: Bool = false) {
    self.channel = channel
    self.losesTheAnswer = losesTheAnswer
    self.state = Mutex(.answering(left: calls))
  }

  public func repair() { state.withLock { $0 = .repaired } }

  public func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply {
    if isUp() { return try await channel.unary(method, request: request, options: options) }
    if losesTheAnswer { _ = try await channel.unary(method, request: request, options: options) }
    throw RPCError(.unavailable, "connection lost")
  }

  public func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream {
    guard isUp() else { throw RPCError(.unavailable, "connection lost") }
    return try await channel.open(method, options: options)
  }

  public func close() async { await channel.close() }

  private func isUp() -> Bool {
    state.withLock { state in
      switch state {
      case .answering(left: 0):
        state = .down
        return false
      case .answering(let left):
        state = .answering(left: left - 1)
        return true
      case .down: return false
      case .repaired: return true
      }
    }
  }
}
