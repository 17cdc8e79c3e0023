import Foundation

/// What a service's admin port says of it, as any Prometheus reads it.
struct MetricsPage: Sendable, Equatable {
  private let lines: [Substring]

  init(_ text: String) { lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") } }

  /// The page of the admin port at `address`; nil when it does not answer within two seconds.
  static func read(at address: String) async -> MetricsPage? {
    await withCheckedContinuation { continuation in
      // Sockets that block, so a thread of Dispatch's and none of the pool that Swift's tasks share.
      DispatchQueue.global().async {
        continuation.resume(returning: PlainRequest.get("/metrics", at: address).map(MetricsPage.init))
      }
    }
  }

  /// Calls of every method but health and reflection, whatever their end.
  var servedCalls: Int {
    lines.reduce(0) { sum, line in
      guard line.hasPrefix("rpc_server_calls_total{"), !line.contains("method=\"/grpc.") else { return sum }
      return sum + (line.split(separator: " ").last.flatMap { Int($0) } ?? 0)
    }
  }

  /// The version that the service was built as.
  var version: String? {
    guard let line = lines.first(where: { $0.hasPrefix("patron_build_info{") }),
      let start = line.range(of: "version=\"")?.upperBound, let end = line[start...].firstIndex(of: "\"")
    else { return nil }
    return String(line[start..<end])
  }
}

/// One GET over a socket of its own: the one page that the command line reads is not worth an HTTP library.
private enum PlainRequest {
  private static let timeoutSeconds = 2
  private static let bytesAtMost = 4 << 20

  static func get(_ path: String, at address: String) -> String? {
    guard let colon = address.lastIndex(of: ":") else { return nil }
    let host = address[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    var hints = addrinfo()
    hints.ai_socktype = stream
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(address[address.index(after: colon)...]), &hints, &found) == 0, let place = found?.pointee else {
      return nil
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(place.ai_family, stream, 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, place.ai_addr, place.ai_addrlen) == 0 else { return nil }
    let request = Array("GET \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, 0) == request.count else { return nil }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while answer.count < bytesAtMost {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0 { return nil }
      if count == 0 { break }
      answer += buffer[..<count]
    }
    return answer.starts(with: Array("HTTP/1.1 200 ".utf8)) ? String(decoding: answer, as: UTF8.self) : nil
  }

  private static let stream = Int32(SOCK_STREAM.rawValue)
}
