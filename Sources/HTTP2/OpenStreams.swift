/// The streams of a session that are open, in the order of their opening; each is held until it is removed.
///
/// A list through the streams themselves: nghttp2 finds a stream by its id, so all that is left to do is to hold them and to visit them, and
/// a dictionary would hash, and grow, for each call.
struct OpenStreams {
  /// A stream's place in the list.
  struct Link {
    fileprivate var next: Unmanaged<HTTP2Stream>?
    fileprivate var previous: Unmanaged<HTTP2Stream>?
    fileprivate var isLinked = false
  }

  private(set) var count = 0
  private var first: Unmanaged<HTTP2Stream>?
  private var last: Unmanaged<HTTP2Stream>?

  @discardableResult
  mutating func insert(_ stream: HTTP2Stream) -> Unmanaged<HTTP2Stream> {
    let entry = Unmanaged.passRetained(stream)
    stream.link = Link(next: nil, previous: last, isLinked: true)
    if let last { last._withUnsafeGuaranteedRef { $0.link.next = entry } } else { first = entry }
    last = entry
    count += 1
    return entry
  }

  /// - Returns: false when the stream is not in the list.
  mutating func remove(_ stream: HTTP2Stream) -> Bool {
    let link = stream.link
    guard link.isLinked else { return false }
    stream.link = Link()
    if let next = link.next { next._withUnsafeGuaranteedRef { $0.link.previous = link.previous } } else { last = link.previous }
    if let previous = link.previous { previous._withUnsafeGuaranteedRef { $0.link.next = link.next } } else { first = link.next }
    count -= 1
    Unmanaged.passUnretained(stream).release()
    return true
  }

  /// A copy, since visiting a stream may close it or others.
  var all: [HTTP2Stream] {
    var all: [HTTP2Stream] = []
    all.reserveCapacity(count)
    var entry = first
    while let current = entry {
      let stream = current.takeUnretainedValue()
      all.append(stream)
      entry = stream.link.next
    }
    return all
  }

  mutating func removeAll() {
    for stream in all { _ = remove(stream) }
  }
}
