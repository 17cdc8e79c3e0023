/// Why a session cannot go on. The peer's fault unless it says `ours`; the connection is to be closed.
package enum HTTP2Error: Error, Sendable, Equatable {
  /// The bytes are no HTTP/2 at all: the client preface is wrong. Nothing was or will be written.
  case notHTTP2
  /// A named limit was passed. GOAWAY was queued where the protocol allows one.
  case flooded
  /// nghttp2 gave up for another reason; its own words.
  case failed(String)
  /// No memory, or a call that this module must not make.
  case ours(String)
}

/// The error codes of RFC 9113 section 7.
public struct HTTP2ErrorCode: Sendable, Hashable {
  public let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let noError = HTTP2ErrorCode(rawValue: 0x0)
  package static let protocolError = HTTP2ErrorCode(rawValue: 0x1)
  package static let internalError = HTTP2ErrorCode(rawValue: 0x2)
  package static let streamClosed = HTTP2ErrorCode(rawValue: 0x5)
  package static let refusedStream = HTTP2ErrorCode(rawValue: 0x7)
  package static let cancel = HTTP2ErrorCode(rawValue: 0x8)
  package static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 0xb)
}
