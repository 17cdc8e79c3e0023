/// Bytes of one stream that wait for the peer's window: a queue of chunks, read from the front across their borders.
struct OutboundQueue {
  private var chunks: [[UInt8]] = []
  /// Chunks in front of this one are spent; the array is compacted when all are, or when many are.
  private var head = 0
  /// Bytes of the chunk at `head` that are already read.
  private var offset = 0
  private(set) var count = 0

  private static let spentChunksKept = 64

  var isEmpty: Bool { count == 0 }

  mutating func append(_ chunk: [UInt8]) {
    guard !chunk.isEmpty else { return }
    chunks.append(chunk)
    count += chunk.count
  }

  /// Moves up to `destination.count` bytes out; returns how many.
  mutating func read(into destination: UnsafeMutableRawBufferPointer) -> Int {
    var written = 0
    while written < destination.count, head < chunks.count {
      let available = chunks[head].count - offset
      let length = min(available, destination.count - written)
      chunks[head].withUnsafeBytes { source in
        (destination.baseAddress! + written).copyMemory(from: source.baseAddress! + offset, byteCount: length)
      }
      written += length
      offset += length
      if length == available { dropFirstChunk() }
    }
    count -= written
    return written
  }

  mutating func removeAll() {
    self = OutboundQueue()
  }

  private mutating func dropFirstChunk() {
    offset = 0
    chunks[head] = []
    head += 1
    if head == chunks.count {
      chunks.removeAll(keepingCapacity: chunks.count <= OutboundQueue.spentChunksKept)
      head = 0
    } else if head >= OutboundQueue.spentChunksKept, head * 2 >= chunks.count {
      chunks.removeFirst(head)
      head = 0
    }
  }
}
