internal import NIOCore
internal import RPC

/// Resolves a channel's target when it is time to, and tells every event loop's part of the channel.
///
/// `@unchecked Sendable`: every `var` is touched on the worker's loop only.
final class AddressResolution: @unchecked Sendable {
  private let lookUp: NameResolution
  private let worker: LoopWorker
  private let shards: [ClientShard]
  private var schedule: ResolutionSchedule
  private var timer: Scheduled<Void>?
  private var isStopped = false

  /// - Parameter worker: whose loop keeps the time.
  init(_ lookUp: @escaping NameResolution, worker: LoopWorker, shards: [ClientShard], limits: ResolutionSchedule.Limits) {
    self.lookUp = lookUp
    self.worker = worker
    self.shards = shards
    schedule = ResolutionSchedule(limits)
  }

  /// The addresses are needed, or a connection to one of them failed. From any loop.
  func request() {
    worker.execute { self.act(self.schedule.needed(.now())) }
  }

  /// Asks no more; an answer that is on its way changes nothing.
  func stop() {
    worker.execute { [self] in
      isStopped = true
      timer?.cancel()
      timer = nil
    }
  }

  private func act(_ action: ResolutionSchedule.Action) {
    guard !isStopped else { return }
    switch action {
    case .nothing: break
    case .resolve: resolve()
    case .wake(let time):
      timer?.cancel()
      timer = worker.loop.scheduleTask(deadline: time) { [weak self] in
        guard let self else { return }
        act(schedule.timeIsUp(.now()))
      }
    }
  }

  private func resolve() {
    timer?.cancel()
    timer = nil
    Task { [lookUp, weak self] in
      let result: Result<[Endpoint], RPCError>
      do {
        let endpoints = try await lookUp()
        result = endpoints.isEmpty ? .failure(RPCError(.unavailable, "The name has no address.")) : .success(endpoints)
      } catch {
        result = .failure(error as? RPCError ?? RPCError(.unavailable, "The name could not be resolved."))
      }
      self?.finish(result)
    }
  }

  private func finish(_ result: Result<[Endpoint], RPCError>) {
    worker.execute { [self] in
      for shard in shards { shard.worker.execute { shard.resolved(result) } }
      let isSuccess = if case .success = result { true } else { false }
      act(schedule.finished(successfully: isSuccess, .now()))
    }
  }
}
