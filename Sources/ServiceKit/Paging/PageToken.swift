import Foundation

/// Where the next page of a list begins: the keys of the last row that was shown.
///
/// Opaque to clients. It says nothing that the page did not, so it is not signed; it is bound to its list, so a token of one
/// list, or of the same list under another filter, is refused rather than misread.
public struct PageToken: Sendable, Equatable {
  public enum Key: Sendable, Equatable {
    case text(String)
    case integer(Int64)
  }

  /// What the page was cut from, filter included, such as `"identity.members"` or `"inventory.orders store=sto_1"`.
  public var list: String
  /// The sort keys of the last row, in the order of the sort.
  public var keys: [Key]

  public init(list: String, keys: [Key]) {
    self.list = list
    self.keys = keys
  }

  /// The token in URL-safe base64.
  public var encoded: String {
    let values: [Any] =
      [Self.version, list]
      + keys.map { key -> Any in
        switch key {
        case .text(let text): text
        case .integer(let integer): NSNumber(value: integer)
        }
      }
    guard let bytes = try? JSONSerialization.data(withJSONObject: values) else { preconditionFailure("strings and integers are JSON") }
    return bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Reads a token that was made for `list`. Nil for an empty one: the first page.
  public init?(_ encoded: String, list: String) throws(Refusal) {
    if encoded.isEmpty { return nil }
    guard encoded.utf8.count <= Self.bytesAtMost, let token = Self.decode(encoded), token.list == list else { throw Self.invalid }
    self = token
  }

  /// The key at `index`, which the list wrote as text.
  public func text(_ index: Int) throws(Refusal) -> String {
    guard keys.indices.contains(index), case .text(let text) = keys[index] else { throw Self.invalid }
    return text
  }

  /// The key at `index`, which the list wrote as an integer.
  public func integer(_ index: Int) throws(Refusal) -> Int64 {
    guard keys.indices.contains(index), case .integer(let integer) = keys[index] else { throw Self.invalid }
    return integer
  }

  private static let invalid = Refusal(
    .invalidArgument, "PAGE_TOKEN_INVALID", "page_token is not of this list; start again without it")
  private static let version = "1"
  private static let bytesAtMost = 4_096

  private static func decode(_ encoded: String) -> PageToken? {
    var base64 = encoded.replacing("-", with: "+").replacing("_", with: "/")
    base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard let bytes = Data(base64Encoded: base64),
      let values = try? JSONSerialization.jsonObject(with: bytes) as? [Any],
      values.count >= 2, values[0] as? String == version, let list = values[1] as? String
    else { return nil }
    var keys: [Key] = []
    for value in values.dropFirst(2) {
      if let text = value as? String {
        keys.append(.text(text))
      } else if let number = value as? NSNumber {
        keys.append(.integer(number.int64Value))
      } else {
        return nil
      }
    }
    return PageToken(list: list, keys: keys)
  }
}

/// The `page_size` and `page_token` of a list request, checked.
public struct PageRequest: Sendable {
  /// How many rows to show; read one more to learn whether a next page exists.
  public let size: Int
  /// Nil: from the start.
  public let after: PageToken?

  public static let defaultSize = 50
  public static let largestSize = 500

  public init(size: Int32, token: String, list: String) throws {
    var errors = FieldErrors()
    errors.require((0...Int32(Self.largestSize)).contains(size), "page_size", "must be 0 to \(Self.largestSize)")
    try errors.throwIfAny()
    self.size = size == 0 ? Self.defaultSize : Int(size)
    self.after = try PageToken(token, list: list)
  }

  /// The rows to show out of `rows`, which was read with a limit of `size + 1`, and the token of the page after.
  public func cut<Row>(_ rows: [Row], list: String, keys: (Row) -> [PageToken.Key]) -> (page: ArraySlice<Row>, nextPageToken: String) {
    guard rows.count > size else { return (rows[...], "") }
    let page = rows.prefix(size)
    return (page, PageToken(list: list, keys: page.last.map(keys) ?? []).encoded)
  }
}
