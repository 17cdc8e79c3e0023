internal import CZlib

/// Single messages in the gzip format (RFC 1952), by zlib.
package enum Gzip {
  /// zlib's number for the gzip format with its largest window.
  private static let gzipWindowBits: Int32 = 15 + 16
  private static let streamBytes = Int32(MemoryLayout<z_stream>.size)

  /// - Parameter reservingPrefix: bytes left free in front of the result.
  package static func deflate(_ message: UnsafeRawBufferPointer, reservingPrefix: Int = 0) -> [UInt8] {
    var stream = z_stream()
    let memoryLevel: Int32 = 8
    let opened = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipWindowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION, streamBytes)
    precondition(opened == Z_OK, "no memory for a compression")
    defer { deflateEnd(&stream) }
    // The bound holds for a single call that ends the stream.
    let capacity = reservingPrefix + Int(deflateBound(&stream, UInt(message.count)))
    return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
      stream.next_in = UnsafeMutablePointer(mutating: message.bindMemory(to: UInt8.self).baseAddress)
      stream.avail_in = UInt32(message.count)
      stream.next_out = buffer.baseAddress! + reservingPrefix
      stream.avail_out = UInt32(capacity - reservingPrefix)
      let ended = CZlib.deflate(&stream, Z_FINISH)
      precondition(ended == Z_STREAM_END, "zlib's bound was too small")
      buffer[..<reservingPrefix].initialize(repeating: 0)
      initialized = capacity - Int(stream.avail_out)
    }
  }

  /// - Parameter limit: bytes of the largest result. Memory grows with what was inflated, never with what a header promises.
  /// - Throws: RESOURCE_EXHAUSTED above the limit; INTERNAL when the bytes are no gzip, or not all of it.
  package static func inflate(_ bytes: [UInt8], limit: Int) throws(RPCError) -> [UInt8] {
    var stream = z_stream()
    precondition(inflateInit2_(&stream, gzipWindowBits, ZLIB_VERSION, streamBytes) == Z_OK, "no memory for a decompression")
    defer { inflateEnd(&stream) }
    var message: [UInt8] = []
    var status = Z_OK
    // One byte over the limit tells a message above it from one at it.
    var piece = [UInt8](repeating: 0, count: min(limit + 1, max(512, min(bytes.count * 4, largestPiece))))
    bytes.withUnsafeBufferPointer { input in
      // zlib reads it only.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(input.count)
      while status == Z_OK, message.count <= limit {
        piece.withUnsafeMutableBufferPointer { piece in
          stream.next_out = piece.baseAddress
          stream.avail_out = UInt32(piece.count)
          status = CZlib.inflate(&stream, Z_NO_FLUSH)
          message.append(contentsOf: piece[..<(piece.count - Int(stream.avail_out))])
        }
        // A gzip file may be several, one behind the other.
        if status == Z_STREAM_END, stream.avail_in > 0 { status = inflateReset(&stream) }
      }
    }
    guard message.count <= limit else { throw .messageTooLarge("A message is over the limit of \(limit) bytes once inflated.") }
    guard status == Z_STREAM_END else { throw RPCError(.internalError, "A compressed message is not gzip, or not all of it.") }
    return message
  }

  private static let largestPiece = 64 * 1024
}
