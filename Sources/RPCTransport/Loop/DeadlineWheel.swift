internal import NIOCore

/// Deadlines of calls on one loop, at the cost of two list operations a call.
///
/// Nearly every call carries a deadline and nearly none reaches it. A timer in the loop's heap for each would cost more than the rest of
/// a small call; here a deadline is a link in one of a ring of lists, and one timer walks the ring. A deadline is noticed up to one tick
/// late and never early.
///
/// `@unchecked Sendable`: used on its loop's thread only.
final class DeadlineWheel: @unchecked Sendable {
  /// A deadline that is being watched. Cancel it when the call ends.
  final class Entry {
    fileprivate let due: UInt64
    /// Not retained: it holds the entry, and cancels it before it goes.
    fileprivate unowned let observer: any DeadlineObserver
    fileprivate var next: Entry?
    fileprivate unowned(unsafe) var previous: Entry?
    fileprivate var slot: Int?

    fileprivate init(due: UInt64, observer: any DeadlineObserver) {
      self.due = due
      self.observer = observer
    }
  }

  private static let tickNanoseconds: UInt64 = 4_000_000
  private static let slotCount = 1024

  private let loop: any EventLoop
  private var slots = [Entry?](repeating: nil, count: DeadlineWheel.slotCount)
  private var count = 0
  /// The last tick whose slot was walked.
  private var walked: UInt64 = 0
  private var isTicking = false

  init(loop: any EventLoop) {
    self.loop = loop
  }

  /// Tells the observer once, when `duration` is over.
  func watch(_ observer: any DeadlineObserver, after duration: Duration) -> Entry {
    let now = loop.now.uptimeNanoseconds
    let (seconds, attoseconds) = duration.components
    // A hundred years stand for any longer time, so that nothing overflows.
    let nanoseconds = UInt64(max(0, min(seconds, 3_155_760_000))) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    if count == 0 { walked = now / DeadlineWheel.tickNanoseconds }
    // The tick in which the deadline falls is still too early for it.
    let due = max((now + nanoseconds) / DeadlineWheel.tickNanoseconds, walked) + 1
    let entry = Entry(due: due, observer: observer)
    insert(entry)
    if !isTicking { scheduleTick() }
    return entry
  }

  func cancel(_ entry: Entry) {
    guard entry.slot != nil else { return }
    unlink(entry)
  }

  private func insert(_ entry: Entry) {
    let slot = Int(entry.due % UInt64(DeadlineWheel.slotCount))
    entry.slot = slot
    entry.next = slots[slot]
    slots[slot]?.previous = entry
    slots[slot] = entry
    count += 1
  }

  private func unlink(_ entry: Entry) {
    if let previous = entry.previous {
      previous.next = entry.next
    } else {
      slots[entry.slot!] = entry.next
    }
    entry.next?.previous = entry.previous
    entry.next = nil
    entry.previous = nil
    entry.slot = nil
    count -= 1
  }

  private func scheduleTick() {
    isTicking = true
    loop.scheduleTask(in: .nanoseconds(Int64(DeadlineWheel.tickNanoseconds))) { self.tick() }
  }

  private func tick() {
    let now = loop.now.uptimeNanoseconds / DeadlineWheel.tickNanoseconds
    for observer in takeDue(now) { observer.deadlinePassed() }
    if count > 0 { scheduleTick() } else { isTicking = false }
  }

  private func takeDue(_ now: UInt64) -> [any DeadlineObserver] {
    var due: [any DeadlineObserver] = []
    // After a long pause each slot is walked once, not once for each round of the wheel that was missed.
    let first = max(walked + 1, now >= UInt64(DeadlineWheel.slotCount) ? now - UInt64(DeadlineWheel.slotCount) + 1 : 0)
    walked = max(walked, now)
    guard first <= now else { return [] }
    for tick in first...now {
      var entry = slots[Int(tick % UInt64(DeadlineWheel.slotCount))]
      while let current = entry {
        entry = current.next
        guard current.due <= now else { continue }
        unlink(current)
        due.append(current.observer)
      }
    }
    return due
  }
}

/// Is told that its deadline has passed, on the loop.
protocol DeadlineObserver: AnyObject {
  func deadlinePassed()
}
