/// Unpredictable bytes: card codes, API keys and signing keys come from here and from nowhere else.
///
/// Two implementations: `SystemRandomSource`, and ServiceTesting's `SeededRandomSource`.
public protocol RandomSource: Sendable {
  /// `count` bytes that nobody can guess.
  func bytes(_ count: Int) -> [UInt8]
}

/// The operating system's generator (`getrandom`), which is fit for keys.
public struct SystemRandomSource: RandomSource {
  public init() {}

  public func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity((count + 7) / 8 * 8)
    // Eight at a time: each word is a system call, and every id and trace of every request comes this way.
    while bytes.count < count {
      withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
