import CProtobufC
import Glibc

/// Memory for the C structs of one message, taken piece by piece and given back all at once.
///
/// An arena exists only inside `withArena` and must not leave it. Its first kilobyte lies on the stack, so that a usual request costs no
/// `malloc` at all; what does not fit there comes in chunks of doubling size.
public struct MessageArena {
  /// The bookkeeping, at an address that stays put, because libprotobuf-c gets it as its allocator's context.
  private let state: UnsafeMutablePointer<State>

  private struct State {
    var next: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
    var remainingBytes: Int
    var isExhausted: Bool
    var nextChunkBytes: Int
    /// The last chunk from `malloc`; its first word points to the one before.
    var lastChunk: UnsafeMutableRawPointer?
  }

  private static let firstBytes = 1024
  private static let firstChunkBytes = 4 * 1024
  private static let maximumChunkBytes = 256 * 1024
  private static let alignment = 16

  /// Runs `body` with an arena that gives out at most `limitBytes`.
  ///
  /// Not generic, here and in what generated code calls through it: one unspecialised generic call costs as much as unpacking a small
  /// message (`swift_getGenericMetadata` led the profile).
  static func withArena(limitBytes: Int, _ body: (MessageArena) throws(ProtobufError) -> Void) throws(ProtobufError) {
    // Carried out by hand, since the standard library's closure carries no typed error.
    var failure: ProtobufError?
    withUnsafeTemporaryAllocation(byteCount: firstBytes, alignment: alignment) { memory in
      let start = memory.baseAddress!
      var state = State(
        next: start, end: start + firstBytes, remainingBytes: limitBytes, isExhausted: false, nextChunkBytes: firstChunkBytes)
      withUnsafeMutablePointer(to: &state) { pointer in
        let arena = MessageArena(state: pointer)
        defer { arena.freeChunks() }
        do throws(ProtobufError) { try body(arena) } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }

  /// Whether something was refused because of the limit.
  var isExhausted: Bool { state.pointee.isExhausted }

  /// The arena as libprotobuf-c wants it. Freeing does nothing: the arena ends soon.
  var allocator: ProtobufCAllocator {
    ProtobufCAllocator(
      alloc: { context, size in
        MessageArena(state: context!.assumingMemoryBound(to: State.self)).allocateWithinLimit(size)
      },
      free: { _, _ in },
      allocator_data: UnsafeMutableRawPointer(state))
  }

  /// `byteCount` bytes, not zeroed; nil beyond the limit.
  private func allocateWithinLimit(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    guard byteCount <= state.pointee.remainingBytes else {
      state.pointee.isExhausted = true
      return nil
    }
    state.pointee.remainingBytes -= byteCount
    return allocate(byteCount)
  }

  /// `byteCount` bytes, not zeroed.
  @usableFromInline
  package func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let roundedBytes = (byteCount + (Self.alignment - 1)) & ~(Self.alignment - 1)
    if state.pointee.end - state.pointee.next < roundedBytes { addChunk(atLeast: roundedBytes) }
    let pointer = state.pointee.next
    state.pointee.next = pointer + roundedBytes
    return pointer
  }

  private func addChunk(atLeast byteCount: Int) {
    let header = Self.alignment
    let chunkBytes = max(state.pointee.nextChunkBytes, byteCount + header)
    guard let chunk = malloc(chunkBytes) else { fatalError("out of memory: \(chunkBytes) bytes for a message") }
    chunk.storeBytes(of: state.pointee.lastChunk, as: UnsafeMutableRawPointer?.self)
    state.pointee.lastChunk = chunk
    state.pointee.next = chunk + header
    state.pointee.end = chunk + chunkBytes
    state.pointee.nextChunkBytes = min(state.pointee.nextChunkBytes * 2, Self.maximumChunkBytes)
  }

  private func freeChunks() {
    var chunk = state.pointee.lastChunk
    while let current = chunk {
      chunk = current.load(as: UnsafeMutableRawPointer?.self)
      free(current)
    }
  }
}
