import Synchronization

/// What has arrived from a feed and has not taken effect yet: one task puts, one takes. While it is full the putter waits, the stream's flow
/// control stops the feed, and the events stay in the feed's database.
final class FeedBuffer: Sendable {
  private enum Side { case putting, taking }

  private struct State {
    var items: [FeedItem] = []
    var bytes = 0
    /// Why nothing more comes, once that is so.
    var ending: (any Error)?
    var putter: UnsafeContinuation<Void, Never>?
    var taker: UnsafeContinuation<Void, Never>?

    /// False when there is something to take, nothing before what is put, or an end. A putter that waits though there is room by now is woken
    /// by the next take.
    mutating func wait(_ side: Side, _ continuation: UnsafeContinuation<Void, Never>) -> Bool {
      guard ending == nil, items.isEmpty == (side == .taking) else { return false }
      switch side {
      case .putting: putter = continuation
      case .taking: taker = continuation
      }
      return true
    }

    mutating func wakeBoth() -> [UnsafeContinuation<Void, Never>] {
      [putter.take(), taker.take()].compactMap(\.self)
    }
  }

  private let itemLimit: Int
  private let byteLimit: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - itemLimit: Items that may wait.
  ///   - byteLimit: Bytes that may wait; one item more than this waits alone.
  init(itemLimit: Int, byteLimit: Int) {
    self.itemLimit = itemLimit
    self.byteLimit = byteLimit
  }

  /// Returns once the item stands in the buffer; throws why the buffer has ended.
  func put(_ item: FeedItem) async throws {
    while true {
      let (isIn, taker) = try state.withLock { state in
        if let ending = state.ending { throw ending }
        guard state.items.isEmpty || (state.items.count < itemLimit && state.bytes + item.byteCount <= byteLimit) else {
          return (false, UnsafeContinuation<Void, Never>?.none)
        }
        state.items.append(item)
        state.bytes += item.byteCount
        return (true, state.taker.take())
      }
      taker?.resume()
      if isIn { return }
      await wait(.putting)
    }
  }

  /// What is there, at most `count` items and at least one. After the end it throws why, once everything was taken.
  func take(upTo count: Int) async throws -> [FeedItem] {
    while true {
      let (taken, putter) = try state.withLock { state in
        if state.items.isEmpty, let ending = state.ending { throw ending }
        let taken = Array(state.items.prefix(count))
        state.items.removeFirst(taken.count)
        state.bytes -= taken.reduce(0) { $0 + $1.byteCount }
        return (taken, taken.isEmpty ? nil : state.putter.take())
      }
      putter?.resume()
      if !taken.isEmpty { return taken }
      await wait(.taking)
    }
  }

  /// Nothing more comes. The first reason counts.
  func end(_ error: any Error) {
    let woken = state.withLock { state in
      if state.ending == nil { state.ending = error }
      return state.wakeBoth()
    }
    for continuation in woken { continuation.resume() }
  }

  /// Waits, unless by now there is nothing to wait for. Cancelling either task ends the buffer.
  private func wait(_ side: Side) async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let waits = state.withLock { $0.wait(side, continuation) }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      end(CancellationError())
    }
  }
}
