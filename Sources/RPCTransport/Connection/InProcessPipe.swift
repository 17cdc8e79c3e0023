internal import NIOCore

/// One end of a connection within this process: what is written here is read at the other end in the loop's next turn.
/// No socket and no limit of its own: HTTP/2's windows bound what is under way.
///
/// `@unchecked Sendable`: both ends are used on the worker's loop only.
final class InProcessPipe: BytePipe, @unchecked Sendable {
  private let worker: LoopWorker
  private var peer: InProcessPipe?
  private var reader: (any PipeReader)?

  private let largestPiece: Int

  private init(worker: LoopWorker, largestPiece: Int) {
    self.worker = worker
    self.largestPiece = largestPiece
  }

  /// - Parameter largestPiece: bytes that arrive at once, at most; a test feeds a decoder every split.
  static func makePair(worker: LoopWorker, largestPiece: Int) -> (InProcessPipe, InProcessPipe) {
    let (left, right) = (
      InProcessPipe(worker: worker, largestPiece: largestPiece), InProcessPipe(worker: worker, largestPiece: largestPiece)
    )
    left.peer = right
    right.peer = left
    return (left, right)
  }

  func attach(_ reader: any PipeReader) { self.reader = reader }

  let isWritable = true

  func write(_ buffer: ByteBuffer) {
    guard let peer else { return }
    var rest = buffer
    while let piece = rest.readSlice(length: min(largestPiece, rest.readableBytes)), piece.readableBytes > 0 {
      worker.enqueue(.work { peer.reader?.pipeReceived(piece) })
    }
  }

  func close() {
    guard let peer else { return }
    self.peer = nil
    worker.enqueue(
      .work { [self] in
        end()
        peer.peer = nil
        peer.end()
      })
  }

  func abort() { close() }

  private func end() {
    let reader = self.reader
    self.reader = nil
    reader?.pipeClosed()
  }
}
