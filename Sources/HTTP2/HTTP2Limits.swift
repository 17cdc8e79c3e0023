/// What one connection may ask of this process. Every number is a bound on memory or work that the peer controls.
package struct HTTP2Limits: Sendable {
  /// Streams that the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS).
  package var concurrentStreams: UInt32 = 1024
  /// Bytes of one header list, counted as RFC 9113 section 6.5.2 does: name, value and 32 for each field.
  package var headerListBytes: Int = 16 * 1024
  /// Bytes that the peer may send on a stream ahead of their consumption.
  package var streamWindowBytes: Int32 = 256 * 1024
  /// Bytes that the peer may send on the connection ahead of their consumption.
  package var connectionWindowBytes: Int32 = 1024 * 1024
  /// Bytes of one frame that we accept (SETTINGS_MAX_FRAME_SIZE).
  package var frameBytes: UInt32 = 16 * 1024
  /// Acknowledgements of PING and SETTINGS that wait to be written. A peer that sends such frames and reads nothing is cut off here.
  package var queuedAcknowledgements: Int = 128
  /// Entries of one SETTINGS frame.
  package var settingsEntries: Int = 32
  /// CONTINUATION frames that may follow one HEADERS frame.
  package var continuationFrames: Int = 8
  /// Streams that a client may break off in one go, and then per second: reset them (CVE-2023-44487), make this side reset them by breaking a
  /// rule (CVE-2025-8671), or open them over the limit. Cancelling is ordinary in RPC, doing so as fast as one can is not.
  package var brokenStreamBurst = 4096
  package var brokenStreamsPerSecond = 512
  /// Frames without effect (empty DATA, PRIORITY, PING, SETTINGS, WINDOW_UPDATE, unknown types) that the peer may send between two frames
  /// with one (headers, or data with bytes in it), or within a minute.
  package var idleFrames: Int = 4096

  package init() {}
}
