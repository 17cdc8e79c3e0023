/// How much memory unpacking may take.
///
/// A message on the wire can be far smaller than its C structs: an empty sub-message takes two bytes there and up to a few hundred in
/// memory, so a 4 MiB request of nothing but those would unpack to most of a gigabyte. Honest messages of this contract unpack to less
/// than 20 times their size once they are larger than a few kilobytes. The message size limit itself belongs to the transport.
///
/// Depth needs no limit here: the generator refuses recursive messages, so the contract bounds it.
public enum DecodingLimits {
  /// What any message may take, however short.
  public static let baseBytes = 256 * 1024
  /// What each byte on the wire adds.
  public static let memoryBytesPerWireByte = 24
  /// What no message may exceed, however long.
  public static let maximumBytes = 128 * 1024 * 1024

  /// The limit in bytes for a message of `wireBytes` on the wire.
  @usableFromInline
  static func memoryLimitBytes(wireBytes: Int) -> Int {
    min(maximumBytes, baseBytes + memoryBytesPerWireByte * min(wireBytes, maximumBytes))
  }
}
