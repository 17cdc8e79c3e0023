public import ServiceKit
import Synchronization

/// Ids that a test can name: the first of prefix "mem" is "mem_" and 1 in 26 digits, the next 2, each prefix by itself.
public final class SequentialIDs: IDGenerator {
  private let counts = Mutex<[String: Int]>([:])

  public init() {}

  public func next(_ prefix: String) -> String {
    Self.id(
      prefix,
      counts.withLock { counts in
        counts[prefix, default: 0] += 1
        return counts[prefix, default: 0]
      })
  }

  /// The id that the `number`-th call for `prefix` gives.
  public static func id(_ prefix: String, _ number: Int) -> String {
    let digits = String(number)
    return prefix + "_" + String(repeating: "0", count: 26 - digits.count) + digits
  }
}
