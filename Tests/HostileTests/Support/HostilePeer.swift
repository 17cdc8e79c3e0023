import Glibc
import RPCTransport

/// What became of an attacker.
enum Outcome: Hashable {
  /// The connection was closed behind a GOAWAY with this code, or without one.
  case goaway(UInt32)
  case closed
  /// The call's stream was reset.
  case reset(UInt32)
  /// The call ended with this grpc-status, or with this HTTP status.
  case status(Int)
  case http(Int)
  /// Nothing was refused.
  case stands
}

/// A blocking socket that writes any bytes: the attacker. Used by one thread.
final class HostilePeer {
  struct CannotConnect: Error {}

  /// Whether it takes in what the server sends.
  var reads = true
  /// Whether it answers SETTINGS and PING, as an honest peer does.
  var acknowledges = true
  private(set) var isClosed = false
  private(set) var hasGivenUp = false
  private(set) var goawayCode: UInt32?
  /// Codes of the streams that the server reset.
  private(set) var resets: [UInt32: UInt32] = [:]
  /// Gets every byte that comes.
  var sees: ([UInt8]) -> Void = { _ in }

  private let socket: Int32
  private var pongs = 0
  private var partial: [UInt8] = []
  private var answers: [UInt8] = []

  /// How long the server may leave this peer without a byte or without room for one before the peer believes that it always will.
  private static let patienceMilliseconds: Int32 = 60_000

  init(_ address: ListenAddress) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = in_port_t(address.port).bigEndian
    target.sin_addr.s_addr = inet_addr(address.host)
    let result = withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard result == 0 else {
      Glibc.close(socket)
      throw CannotConnect()
    }
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { Glibc.close(socket) }

  /// How the connection ended, if it did.
  var outcome: Outcome {
    if let goawayCode { return .goaway(goawayCode) }
    return isClosed ? .closed : .stands
  }

  // MARK: Bytes

  /// Sends all of it, and takes in what comes meanwhile.
  /// - Returns: false when the server has closed.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count, !isClosed, !hasGivenUp {
      let ready = wait(Int32(POLLOUT) | (reads ? Int32(POLLIN) : 0))
      if reads, ready & Int32(POLLIN | POLLHUP | POLLERR) != 0 { take() }
      if !reads, ready & Int32(POLLHUP | POLLERR) != 0 { isClosed = true }
      guard !isClosed, ready & Int32(POLLOUT) != 0 else { continue }
      let count = bytes.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if count > 0 { sent += count } else if errno != EAGAIN { isClosed = true }
    }
    return !isClosed && !hasGivenUp && sendAnswers()
  }

  /// What an honest peer says to what came; never in the middle of other bytes.
  private func sendAnswers() -> Bool {
    let bytes = answers
    answers = []
    return !acknowledges || bytes.isEmpty || send(bytes)
  }

  /// Waits for bytes, and takes in what came.
  func readOnce() {
    if wait(Int32(POLLIN)) != 0 { take() }
    _ = sendAnswers()
  }

  /// Takes in what has come, without waiting.
  func readWhatIsThere() {
    if poll(Int32(POLLIN), milliseconds: 0) != 0 { take() }
    _ = sendAnswers()
  }

  /// Takes in what comes until `isDone`, or until the server has closed.
  func read(until isDone: () -> Bool = { false }) {
    while !isClosed, !hasGivenUp, !isDone() { readOnce() }
  }

  /// Waits until the server has answered a PING, and so all that came before it.
  func awaitAnswer() {
    let expected = pongs + 1
    send(Frames.ping)
    read { pongs >= expected }
  }

  private func wait(_ events: Int32) -> Int32 {
    let ready = poll(events, milliseconds: HostilePeer.patienceMilliseconds)
    if ready == 0 { hasGivenUp = true }
    return ready
  }

  private func poll(_ events: Int32, milliseconds: Int32) -> Int32 {
    var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
    return Glibc.poll(&descriptor, 1, milliseconds) > 0 ? Int32(descriptor.revents) : 0
  }

  private func take() {
    let bytes = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
      let received = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      if received == 0 || received < 0 && errno != EAGAIN { isClosed = true }
      count = max(0, received)
    }
    sees(bytes)
    partial += bytes
    var start = 0
    while partial.count - start >= 9 {
      let length = Int(partial[start]) << 16 | Int(partial[start + 1]) << 8 | Int(partial[start + 2])
      guard partial.count - start >= 9 + length else { break }
      note(Array(partial[start..<start + 9 + length]))
      start += 9 + length
    }
    partial.removeFirst(start)
  }

  private func note(_ frame: [UInt8]) {
    func number(_ offset: Int) -> UInt32 { frame[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    let isAcknowledgement = frame[4] & 1 != 0
    switch Frames.Kind(rawValue: frame[3]) {
    case .reset?: resets[number(5)] = number(9)
    case .goaway?: goawayCode = number(13)
    case .settings? where !isAcknowledgement: answers += Frames.settingsAcknowledgement
    case .ping? where isAcknowledgement: pongs += 1
    case .ping?: answers += Frames.frame(.ping, flags: 1, Array(frame[9...]))
    default: break
    }
  }
}
