internal import HTTP2
internal import NIOCore
internal import RPC

/// The stream on which a connection's server tells of its health: `grpc.health.v1.Health/Watch`, opened anew whenever it ends.
///
/// `@unchecked Sendable`: used on the connection's loop only.
final class HealthWatch: HTTP2Stream, @unchecked Sendable {
  private let service: String
  private let connection: ClientConnection
  private let logger: (String) -> Void
  private let changed: () -> Void
  private var progress = HealthProgress()
  private var deframer = MessageDeframer(largestMessageBytes: HealthWatch.largestMessageBytes)
  private var hasHeaders = false
  private var arrivingHead = ResponseHead()
  private var ending: StatusCode?
  private var timer: Scheduled<Void>?
  private var isStopped = false

  private static let largestMessageBytes = 1024

  /// - Parameter changed: called when `status` may have.
  init(service: String, connection: ClientConnection, logger: @escaping (String) -> Void, changed: @escaping () -> Void) {
    self.service = service
    self.connection = connection
    self.logger = logger
    self.changed = changed
  }

  var status: SubchannelStatus { progress.status }

  func begin() {
    guard !isStopped else { return }
    progress.begin()
    deframer = MessageDeframer(largestMessageBytes: HealthWatch.largestMessageBytes)
    hasHeaders = false
    arrivingHead = ResponseHead()
    ending = nil
    let headers = connection.requestHeaders.make(
      HealthService.watchMethod, Metadata(), timeout: nil, compression: .identity, previousAttempts: 0)
    guard connection.openWatch(self, headers) else { return }
    connection.session.write(self, MessageFrame.frame(HealthService.watchRequest(service)))
    connection.session.end(self)
    connection.setNeedsFlush()
  }

  /// Nobody asks any more; for good.
  func stop() {
    isStopped = true
    timer?.cancel()
    timer = nil
    connection.closeWatch(self)
  }

  // MARK: Events

  override func receivedField(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) { arrivingHead.read(name, value) }

  override func receivedHeaders(isOverLimit: Bool, endsStream: Bool) {
    let head = arrivingHead.takeFinished(isOverLimit: isOverLimit)
    if !hasHeaders, head.isInformational { return }
    if !hasHeaders, let refusal = head.refusal {
      ending = refusal.code
      connection.closeWatch(self)
    }
    hasHeaders = true
    if endsStream { ending = ending ?? head.failure?.code ?? .ok }
  }

  override func receivedData(_ bytes: UnsafeRawBufferPointer) {
    connection.session.consume(self, byteCount: bytes.count)
    guard ending == nil, !isStopped else { return }
    do {
      try deframer.append(bytes) { (message) throws(RPCError) in
        progress.received(isServing: HealthService.isServing(message.bytes))
      }
    } catch {
      ending = error.code
      connection.closeWatch(self)
    }
    changed()
  }

  override func closed(_ code: HTTP2ErrorCode) {
    connection.watchEnded()
    guard !isStopped, connection.isReady else { return }
    guard let pause = progress.ended(ending ?? StatusCode(resetCode: code.rawValue), random: .random(in: 0.8...1.2)) else {
      logger("the server has no health service; it counts as healthy")
      return changed()
    }
    changed()
    // Not within this event: the session is not to be fed by it.
    timer = connection.worker.loop.scheduleTask(in: TimeAmount(pause)) { [weak self] in
      guard let self else { return }
      connection.worker.turn { self.begin() }
    }
  }
}
