internal import DequeModule
internal import HTTP2
internal import NIOCore
internal import RPC
internal import Synchronization

/// What runs on one event loop besides NIO itself: the jobs of handlers' tasks, the connections that have something to write, the
/// deadlines, a tick each second.
///
/// A turn takes in bytes or wakes for jobs, runs every job that is ready, and then flushes each connection once. A unary call therefore
/// costs one read and one write, however many calls arrived together, and no wake-up of another thread.
///
/// `@unchecked Sendable`: every stored `var` is touched on the loop's thread only; what other threads add goes through `arrivals`.
final class LoopWorker: @unchecked Sendable {
  enum Job: Sendable {
    /// A piece of a task, to be run for the method that the executor stands for.
    case task(UnownedJob, LoopExecutor)
    /// Anything else that must not run inside the frame that asks for it.
    case work(@Sendable () -> Void)
  }

  let loop: any EventLoop
  private(set) lazy var deadlines = DeadlineWheel(loop: loop)
  /// Its storage is reused unless a socket kept it.
  private var scratch = ByteBuffer()

  @exclusivity(unchecked) private var jobs: Deque<Job> = []
  /// Tasks that go on when the sockets have had their turn.
  private var paused: [CheckedContinuation<Void, Never>] = []
  private var dirty: [any LoopConnection] = []
  private var isInTurn = false
  private var isScheduled = false
  private let arrivals = Mutex(Arrivals())

  /// What other threads have added; `isStopped` once the loop takes nothing more.
  private struct Arrivals {
    var jobs: [Job] = []
    var isStopped = false
  }

  private var connections: [ObjectIdentifier: any LoopConnection] = [:]
  private var tick: RepeatedTask?

  /// Jobs run in one turn before the sockets get theirs, so that tasks that keep yielding starve nobody.
  private static let jobsPerTurn = 1024

  init(loop: any EventLoop) {
    self.loop = loop
  }

  // MARK: Jobs

  /// Runs on the loop: at once when already there.
  /// - Returns: false when the loops have been shut down; `work` does not run.
  @discardableResult
  func execute(_ work: @escaping @Sendable () -> Void) -> Bool {
    guard !loop.inEventLoop else {
      turn(work)
      return true
    }
    return enqueueFromElsewhere(.work(work))
  }

  /// Suspends the caller's task; `body` runs on the loop and keeps or resumes the continuation. `onCancel` runs there when the task is
  /// cancelled, perhaps before `body` does.
  func suspend<Value: Sendable>(
    _ body: @escaping @Sendable (Suspension<Value>) -> Void, onCancel: @escaping @Sendable () -> Void = {}
  ) async throws -> Value {
    try await withTaskCancellationHandler {
      try await suspendTask { continuation in
        if !execute({ body(continuation) }) {
          continuation.resume(throwing: RPCError(.unavailable, "The event loops have been shut down."))
        }
      }
    } onCancel: {
      execute(onCancel)
    }
  }

  /// What `body` finds on the loop; `otherwise` when the loops have been shut down.
  func ask<Answer: Sendable>(_ otherwise: Answer, _ body: @escaping @Sendable () -> Answer) async -> Answer {
    await withCheckedContinuation { continuation in
      if !execute({ continuation.resume(returning: body()) }) { continuation.resume(returning: otherwise) }
    }
  }

  func enqueue(_ job: Job) {
    if loop.inEventLoop {
      jobs.append(job)
      schedule()
    } else if !enqueueFromElsewhere(job), case .task(let job, _) = job {
      // A handler that outlived its loops ends on some thread, so that what it holds goes free.
      globalConcurrentExecutor.enqueue(job)
    }
  }

  private func enqueueFromElsewhere(_ job: Job) -> Bool {
    let (isTaken, isFirst) = arrivals.withLock { arrivals in
      guard !arrivals.isStopped else { return (false, false) }
      arrivals.jobs.append(job)
      return (true, arrivals.jobs.count == 1)
    }
    if isFirst { loop.execute { self.takeArrivals() } }
    return isTaken
  }

  private func takeArrivals() {
    let arrived = arrivals.withLock { arrivals in
      defer { arrivals.jobs = [] }
      return arrivals.jobs
    }
    jobs.append(contentsOf: arrived)
    turn {}
  }

  /// Takes nothing more from other threads; before the loop ends, which runs what was taken.
  func stop() {
    arrivals.withLock { $0.isStopped = true }
  }

  /// Does `work`, then all that it made ready.
  func turn(_ work: () -> Void) {
    guard !isInTurn else { return work() }
    isInTurn = true
    work()
    runJobs()
    flush()
    isInTurn = false
    // A flush may have made more ready, as when two ends of an in-process channel talk.
    if !jobs.isEmpty || !dirty.isEmpty || !paused.isEmpty { schedule() }
  }

  private func runJobs() {
    guard !jobs.isEmpty else { return }
    var started = NIODeadline.now().uptimeNanoseconds
    var budget = LoopWorker.jobsPerTurn
    while budget > 0, let job = jobs.popFirst() {
      budget -= 1
      switch job {
      case .task(let job, let executor):
        job.runSynchronously(on: executor.asUnownedTaskExecutor())
        let ended = NIODeadline.now().uptimeNanoseconds
        executor.ran(nanoseconds: ended - started)
        started = ended
      case .work(let work):
        work()
        started = NIODeadline.now().uptimeNanoseconds
      }
    }
  }

  private func schedule() {
    guard !isInTurn, !isScheduled else { return }
    isScheduled = true
    loop.execute {
      self.isScheduled = false
      self.turn {
        let paused = self.paused
        self.paused = []
        for continuation in paused { continuation.resume() }
      }
    }
  }

  /// Lets everybody else on this loop have a turn; for a task on it that has much to do.
  func pause() async {
    await withCheckedContinuation { continuation in
      paused.append(continuation)
      schedule()
    }
  }

  // MARK: Connections

  /// Asks for `flush` at the end of this turn.
  func needsFlush(_ connection: any LoopConnection) {
    dirty.append(connection)
    schedule()
  }

  /// Bytes that a connection writes at once.
  private static let writeBytes = 128 * 1024

  /// Writes what a session has to say, as far as its pipe takes it.
  /// - Returns: the bytes written.
  func flush(_ session: HTTP2Session, to pipe: any BytePipe) throws(HTTP2Error) -> Int {
    var written = 0
    while pipe.isWritable {
      scratch.clear()
      let count = try scratch.writeWithUnsafeMutableBytes(minimumWritableBytes: LoopWorker.writeBytes) { space throws(HTTP2Error) in
        try session.drain(into: space)
      }
      guard count > 0 else { break }
      written += count
      // A socket that does not take it at once keeps what it is given: a little must not hold on to the whole.
      pipe.write(count < LoopWorker.writeBytes / 4 ? ByteBuffer(buffer: scratch) : scratch)
    }
    return written
  }

  private func flush() {
    guard !dirty.isEmpty else { return }
    let connections = dirty
    dirty.removeAll(keepingCapacity: true)
    for connection in connections { connection.flush() }
  }

  func add(_ connection: any LoopConnection) {
    connections[ObjectIdentifier(connection)] = connection
    guard tick == nil else { return }
    tick = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in self?.tickConnections() }
  }

  func remove(_ connection: any LoopConnection) {
    connections[ObjectIdentifier(connection)] = nil
    guard connections.isEmpty else { return }
    tick?.cancel()
    tick = nil
  }

  private func tickConnections() {
    let now = NIODeadline.now()
    turn {
      for connection in connections.values { connection.tick(now) }
    }
  }
}

/// A connection as its loop sees it.
protocol LoopConnection: AnyObject {
  /// Writes what is ready; once a turn, after `needsFlush`.
  func flush()
  /// Comes each second, for keepalive and limits on idling.
  func tick(_ now: NIODeadline)
}
