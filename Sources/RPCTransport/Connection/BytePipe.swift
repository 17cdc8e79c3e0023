internal import NIOCore

/// Carries the bytes of one connection: a socket's channel, or the other end within this process. Used on the connection's loop.
protocol BytePipe: AnyObject {
  /// False while too much waits to leave; `pipeIsWritable` tells of the change. Writing goes on being allowed.
  var isWritable: Bool { get }
  func write(_ buffer: ByteBuffer)
  /// Closes behind what was written. `pipeClosed` follows.
  func close()
  /// Closes at once; what was written may be lost. `pipeClosed` follows.
  func abort()
}

/// What a pipe tells the connection at its end, on the connection's loop.
protocol PipeReader: AnyObject {
  func pipeReceived(_ buffer: ByteBuffer)
  func pipeIsWritable()
  /// Comes once, last.
  func pipeClosed()
}
