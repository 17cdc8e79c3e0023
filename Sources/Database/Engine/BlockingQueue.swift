import DequeModule
import Foundation

/// A bounded queue between tasks, which never wait, and threads, which do.
///
/// **Order.** Elements of one caller leave in the order of coming, callers take turns, and those that name none are one caller together: a queue
/// where nobody says a name is first-in first-out.
///
/// **Room.** A caller may have as many elements waiting as there is room left beside all of them (Choudhury and Hahne's dynamic threshold). Alone
/// it fills half of the queue, two such fill two thirds; whoever comes next finds room.
///
/// `@unchecked Sendable`: every stored property is touched only while `mutex` is held.
final class BlockingQueue<Element>: @unchecked Sendable {
  enum Offer { case accepted, full, closed }
  enum Waited { case element(Element), nothing, closed }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let unnamed = Line(caller: nil)
  /// Of callers that have elements waiting.
  private var named: [String: Line] = [:]
  /// The lines that are not empty; the first has the next turn.
  private var turns: Deque<Line> = []
  private var waiting = 0
  /// Elements that were ever accepted.
  private var accepted: UInt64 = 0
  private var waitingTakers = 0
  private var isClosed = false
  private let limit: Int

  /// What one caller has waiting; never empty while it has a turn.
  private final class Line {
    let caller: String?
    var elements: Deque<Element> = []

    init(caller: String?) { self.caller = caller }
  }

  init(limit: Int) {
    self.limit = limit
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    #if os(Linux)
      // Times out by a clock that nobody sets.
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    #endif
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func offer(_ element: sending Element, of caller: String? = nil) -> Offer {
    pthread_mutex_lock(mutex)
    guard !isClosed else {
      pthread_mutex_unlock(mutex)
      return .closed
    }
    guard add(element, of: caller) else {
      pthread_mutex_unlock(mutex)
      return .full
    }
    let mustWake = waitingTakers > 0
    pthread_mutex_unlock(mutex)
    // After unlocking, so that the woken thread does not run into the lock; and only when one sleeps, since it is a system call.
    if mustWake { pthread_cond_signal(condition) }
    return .accepted
  }

  private func add(_ element: Element, of caller: String?) -> Bool {
    guard waiting < limit else { return false }
    let line = line(of: caller)
    guard caller == nil || line.elements.count < limit - waiting else { return false }
    if line.elements.isEmpty { turns.append(line) }
    line.elements.append(element)
    waiting += 1
    accepted += 1
    return true
  }

  private func line(of caller: String?) -> Line {
    guard let caller else { return unnamed }
    if let line = named[caller] { return line }
    let line = Line(caller: caller)
    named[caller] = line
    return line
  }

  private func removeFirst() -> Element? {
    guard let line = turns.popFirst(), let element = line.elements.popFirst() else { return nil }
    waiting -= 1
    if !line.elements.isEmpty { turns.append(line) } else if let caller = line.caller { named[caller] = nil }
    return element
  }

  /// An element and how many were accepted up to it, where nobody says a name.
  struct Taken {
    let element: Element
    let number: UInt64
    /// The number of the last element accepted by then.
    let lastAccepted: UInt64
  }

  /// The first element, if there is one.
  func takeNow() -> Taken? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return takeFirst()
  }

  /// The first element, waiting for it. Nil when closed and empty.
  func take() -> Taken? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    waitForFirst()
    return takeFirst()
  }

  private func takeFirst() -> Taken? {
    let number = accepted - UInt64(waiting) + 1
    guard let element = removeFirst() else { return nil }
    return Taken(element: element, number: number, lastAccepted: accepted)
  }

  private func waitForFirst() {
    while waiting == 0, !isClosed {
      waitingTakers += 1
      pthread_cond_wait(condition, mutex)
      waitingTakers -= 1
    }
  }

  /// Moves up to `count` elements to the end of `taken`, waiting for the first one. False when closed and empty.
  func take(upTo count: Int, into taken: inout [Element]) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    waitForFirst()
    guard waiting > 0 else { return false }
    for _ in 0..<min(count, waiting) { if let element = removeFirst() { taken.append(element) } }
    return true
  }

  /// The first element, waited for as long as `patience` says; nil for ever. Closed is told once nothing is left.
  func takeOne(within patience: Duration?) -> Waited {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var deadline = timespec()
    if let patience { deadline = Self.instant(after: patience) }
    while waiting == 0, !isClosed {
      waitingTakers += 1
      let code = patience == nil ? pthread_cond_wait(condition, mutex) : pthread_cond_timedwait(condition, mutex, &deadline)
      waitingTakers -= 1
      if code == ETIMEDOUT, waiting == 0, !isClosed { return .nothing }
    }
    guard let element = removeFirst() else { return .closed }
    return .element(element)
  }

  private static func instant(after patience: Duration) -> timespec {
    var now = timespec()
    #if os(Linux)
      clock_gettime(CLOCK_MONOTONIC, &now)
    #else
      clock_gettime(CLOCK_REALTIME, &now)
    #endif
    let (seconds, attoseconds) = patience.components
    let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
    return timespec(tv_sec: now.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
  }

  /// Refuses what comes after; what is queued can still be taken.
  func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_mutex_unlock(mutex)
    pthread_cond_broadcast(condition)
  }

  var count: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return waiting
  }
}
