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
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
