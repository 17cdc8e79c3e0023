import Logging
import RPC
import ServiceKit

/// One of the four services behind the gateway.
struct Upstream: Sendable {
  /// Its name, which is also the audience of the callers that are signed for it.
  let name: String
  let channel: any RPCChannel
  private let signer: CallerSigner
  private let timeouts: Timeouts
  private let logger: Logger

  /// How long one call may take, however patient its caller is.
  struct Timeouts: Sendable {
    var call: Duration
    /// Of one that recomputes whole ledgers.
    var verify: Duration
  }

  init(name: String, channel: any RPCChannel, signer: CallerSigner, timeouts: Timeouts, logger: Logger) {
    self.name = name
    self.channel = channel
    self.signer = signer
    self.timeouts = timeouts
    self.logger = logger
  }

  /// Makes one call: signs the chain's caller, passes its deadline and trace on, and tells a refusal from silence.
  func call<Reply>(
    _ chain: CallChain, takesLong: Bool = false, _ body: (CallOptions) async throws -> Reply
  ) async throws -> Reply {
    var options = CallOptions(timeout: takesLong ? timeouts.verify : timeouts.call, deadline: chain.deadline)
    signer.sign(chain.caller, for: name, into: &options.metadata)
    chain.trace.inject(into: &options.metadata)
    do {
      return try await body(options)
    } catch let error as RPCError {
      let failure = UpstreamError(service: name, cause: error, callerTimedOut: chain.deadline?.hasPassed == true)
      logSilence(failure)
      throw failure
    }
  }

  /// The caller learns <SERVICE>_UNAVAILABLE and no more; why stands here only. What the codes of silence say is about the way or the service,
  /// never about a request's values.
  private func logSilence(_ failure: UpstreamError) {
    guard failure.kind == .silent, !failure.callerTimedOut, failure.cause.code != .cancelled else { return }
    logger.warning(
      "no answer",
      metadata: [
        "upstream": "\(name)", "code": "\(failure.cause.code)", "reason": "\(failure.cause.reason ?? "")",
        "error": "\(failure.cause.message)",
      ])
  }

  /// Sends bytes that were encoded before: a frozen step of a plan, or a call that is passed on unread.
  func forward(
    _ method: MethodDescriptor, _ request: [UInt8], _ chain: CallChain, takesLong: Bool = false
  ) async throws -> RPCReply {
    try await call(chain, takesLong: takesLong) { try await channel.unary(method, request: request, options: $0) }
  }
}

/// The services behind the gateway.
struct Upstreams: Sendable {
  let identity: Upstream
  let loyalty: Upstream
  let campaign: Upstream
  let inventory: Upstream

  var all: [Upstream] { [identity, loyalty, campaign, inventory] }

  /// The participant of a saga that a plan names; nil when this version knows none of that name.
  func participant(_ name: String) -> Upstream? {
    switch name {
    case loyalty.name: loyalty
    case campaign.name: campaign
    default: nil
    }
  }

  func close() async {
    for upstream in all { await upstream.channel.close() }
  }
}
