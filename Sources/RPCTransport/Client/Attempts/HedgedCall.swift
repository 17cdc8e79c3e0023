internal import RPC

/// A unary call that is sent again while its answer is awaited. The first attempt that is answered with OK, or with a failure that is not
/// among the policy's, is the call's answer; the others are cancelled.
///
/// Streaming calls are not hedged: each attempt would need the caller's messages at its own pace, and all replies but one would be thrown away.
struct HedgedCall {
  let policy: HedgingPolicy
  let throttle: RetryThrottle?
  /// Of all attempts together.
  let deadline: Deadline?
  /// Makes the attempt with so many before it.
  let attempt: @Sendable (_ previousAttempts: Int) -> ClientCall

  private enum Event {
    /// The time has come for the attempt that was planned under this number.
    case due(plan: Int)
    case answered(RPCReply)
    case failed(RPCError, ClientCall.Ending)
  }

  func reply() async throws -> RPCReply {
    try await withThrowingTaskGroup(of: Event.self) { group in
      defer { group.cancelAll() }
      var progress = HedgingProgress(policy)
      // Plans are numbered, so that one that was replaced is known when its time comes. Nil: nothing is planned.
      var plans = 0
      var plan: Int?
      var failure = RPCError.cancelledByCaller

      func planNext(after delay: Duration?) {
        plan = nil
        guard let delay, deadline.map({ delay < $0.remaining }) ?? true else { return }
        plans += 1
        plan = plans
        let number = plans
        group.addTask {
          if delay > .zero { try? await Task.sleep(for: delay) }
          return .due(plan: number)
        }
      }

      func send() {
        let call = attempt(progress.sent)
        planNext(after: progress.send())
        group.addTask {
          do {
            return .answered(try await call.reply())
          } catch {
            return .failed(error as? RPCError ?? RPCError(.unknown, "\(error)"), call.ending)
          }
        }
      }

      send()
      while let event = try await group.next() {
        switch event {
        case .answered(let reply):
          return reply
        case .due(let number) where number == plan:
          plan = nil
          guard !Task.isCancelled else { throw RPCError.cancelledByCaller }
          if throttle?.allowsAnother ?? true { send() } else { progress.stop() }
        case .due:
          break
        case .failed(let error, let ending):
          failure = error
          // The server had begun to answer: this attempt is the call's.
          if ending.hadHeaders { throw failure }
          let verdict = progress.failed(error.code, pushback: ending.pushback)
          if verdict != .fatal || ending.pushback == .never { _ = throttle?.failed() }
          switch verdict {
          case .fatal: throw failure
          case .next(let delay): planNext(after: delay)
          case .noMore: plan = nil
          }
        }
        if progress.outstanding == 0, plan == nil { break }
      }
      throw failure
    }
  }
}
