import Foundation

/// One GET over a socket of its own: what a monitor does, without a library for it.
enum PlainHTTP {
  /// The response's status; 0 when nobody answers.
  static func status(host: String, port: Int, path: String) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard connected == 0 else { return 0 }
    let handle = FileHandle(fileDescriptor: descriptor)
    try? handle.write(contentsOf: Data("GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8))
    let response = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return Int(response.split(separator: " ").dropFirst().first ?? "") ?? 0
  }
}
