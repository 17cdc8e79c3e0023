internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The threads that carry connections and the handlers that run `onLoop`.
///
/// A server and the channels of one process share one, so that a handler's call to another service stays on its own thread.
public final class EventLoops: Sendable {
  /// One loop on machines of up to four cores, else one for each four: a loop serves tens of thousands of calls a second, and the other
  /// cores belong to the database's threads and to `offLoop` handlers.
  public static let defaultCount = max(1, System.coreCount / 4)

  /// For programs that do not choose; never shut down.
  public static let shared = EventLoops()

  let group: MultiThreadedEventLoopGroup
  let workers: [LoopWorker]
  private let workersByLoop: [ObjectIdentifier: LoopWorker]
  private let turn = Atomic<Int>(0)

  public init(count: Int = EventLoops.defaultCount) {
    precondition(count > 0, "at least one event loop")
    group = MultiThreadedEventLoopGroup(numberOfThreads: count)
    workers = group.makeIterator().map { LoopWorker(loop: $0) }
    workersByLoop = Dictionary(uniqueKeysWithValues: workers.map { (ObjectIdentifier($0.loop), $0) })
  }

  /// Stops the threads. Servers and channels on them are to be drained and closed before; a call made later fails with UNAVAILABLE.
  public func shutDown() async throws {
    for worker in workers { worker.stop() }
    try await group.shutdownGracefully()
  }

  func worker(of loop: any EventLoop) -> LoopWorker { workersByLoop[ObjectIdentifier(loop)]! }

  /// The worker whose thread this is, else the next in turn.
  func currentOrNext() -> LoopWorker {
    if workers.count == 1 { return workers[0] }
    if let current = workers.first(where: { $0.loop.inEventLoop }) { return current }
    let turn = self.turn.wrappingAdd(1, ordering: .relaxed).newValue
    return workers[Int(UInt(bitPattern: turn) % UInt(workers.count))]
  }
}
