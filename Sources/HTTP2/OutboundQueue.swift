/// Bytes of one stream that wait for the peer's window: a queue of chunks, read from the front across their borders.
struct OutboundQueue {
  /// The chunk that is being read. Most streams never have another one, and then nothing is allocated here.
  private var front: [UInt8] = []
  /// Bytes of `front` that are already read.
  private var offset = 0
  /// The chunks behind it, from `next` on; the array is compacted when all are spent, or when many are.
  private var rest: [[UInt8]] = []
  private var next = 0
  private(set) var count = 0

  private static let spentChunksKept = 64

  var isEmpty: Bool { count == 0 }

  mutating func append(_ chunk: [UInt8]) {
    guard !chunk.isEmpty else { return }
    if isEmpty { front = chunk } else { rest.append(chunk) }
    count += chunk.count
  }

  /// Moves up to `destination.count` bytes out; returns how many.
  mutating func read(into destination: UnsafeMutableRawBufferPointer) -> Int {
    var written = 0
    while written < destination.count, written < count {
      let length = min(front.count - offset, destination.count - written)
      front.withUnsafeBytes { source in
        (destination.baseAddress! + written).copyMemory(from: source.baseAddress! + offset, byteCount: length)
      }
      written += length
      offset += length
      if offset == front.count { dropFront() }
    }
    count -= written
    return written
  }

  mutating func removeAll() {
    self = OutboundQueue()
  }

  private mutating func dropFront() {
    offset = 0
    guard next < rest.count else {
      front = []
      return
    }
    front = rest[next]
    rest[next] = []
    next += 1
    if next == rest.count {
      rest.removeAll(keepingCapacity: rest.count <= OutboundQueue.spentChunksKept)
      next = 0
    } else if next >= OutboundQueue.spentChunksKept, next * 2 >= rest.count {
      rest.removeFirst(next)
      next = 0
    }
  }
}
