internal import NIOCore

/// A pipe that leads nowhere: what is written is kept for whoever feeds the connection.
///
/// `@unchecked Sendable`: used on its loop only.
final class EmbeddedPipe: BytePipe, @unchecked Sendable {
  private(set) var written: [UInt8] = []
  private var reader: (any PipeReader)?
  private let loop: any EventLoop

  init(loop: any EventLoop) { self.loop = loop }

  func attach(_ reader: any PipeReader) { self.reader = reader }

  var isOpen: Bool { reader != nil }
  var isWritable: Bool { isOpen }

  func write(_ buffer: ByteBuffer) { written.append(contentsOf: buffer.readableBytesView) }

  func feed(_ bytes: [UInt8]) { reader?.pipeReceived(ByteBuffer(bytes: bytes)) }

  func close() { loop.execute { self.abort() } }

  func abort() {
    let reader = self.reader
    self.reader = nil
    reader?.pipeClosed()
  }
}

extension LoopWorker {
  /// Runs `body` on the loop and waits for it; for a thread of a test's own.
  func sync<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
    try! loop.submit { body() }.wait()
  }
}
