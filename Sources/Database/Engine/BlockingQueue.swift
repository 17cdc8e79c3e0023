import DequeModule
import Foundation

/// A bounded first-in first-out queue between tasks, which never wait, and threads, which do.
///
/// `@unchecked Sendable`: every stored property is touched only while `mutex` is held.
final class BlockingQueue<Element>: @unchecked Sendable {
  enum Offer { case accepted, full, closed }
  enum Waited { case element(Element), nothing, closed }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var elements: Deque<Element> = []
  /// Elements that were ever accepted.
  private var accepted: UInt64 = 0
  private var waitingTakers = 0
  private var isClosed = false
  private let limit: Int

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

  func offer(_ element: sending Element) -> Offer {
    pthread_mutex_lock(mutex)
    guard !isClosed else {
      pthread_mutex_unlock(mutex)
      return .closed
    }
    guard elements.count < limit else {
      pthread_mutex_unlock(mutex)
      return .full
    }
    elements.append(element)
    accepted += 1
    let mustWake = waitingTakers > 0
    pthread_mutex_unlock(mutex)
    // After unlocking, so that the woken thread does not run into the lock; and only when one sleeps, since it is a system call.
    if mustWake { pthread_cond_signal(condition) }
    return .accepted
  }

  /// An element and where it stood, counted from the queue's beginning.
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
    let number = accepted - UInt64(elements.count) + 1
    guard let element = elements.popFirst() else { return nil }
    return Taken(element: element, number: number, lastAccepted: accepted)
  }

  private func waitForFirst() {
    while elements.isEmpty, !isClosed {
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
    guard !elements.isEmpty else { return false }
    let taking = min(count, elements.count)
    taken.append(contentsOf: elements.prefix(taking))
    elements.removeFirst(taking)
    return true
  }

  /// The first element, waited for as long as `patience` says; nil for ever. Closed is told once nothing is left.
  func takeOne(within patience: Duration?) -> Waited {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var deadline = timespec()
    if let patience { deadline = Self.instant(after: patience) }
    while elements.isEmpty, !isClosed {
      waitingTakers += 1
      let code = patience == nil ? pthread_cond_wait(condition, mutex) : pthread_cond_timedwait(condition, mutex, &deadline)
      waitingTakers -= 1
      if code == ETIMEDOUT, elements.isEmpty, !isClosed { return .nothing }
    }
    guard !elements.isEmpty else { return .closed }
    return .element(elements.removeFirst())
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
    return elements.count
  }
}
