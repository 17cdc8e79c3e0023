import Foundation
import ServiceKit

/// Reads the keys out of a page token. A token that is well formed and yet holds other keys was made by someone else.
enum PagePosition {
  static func text(_ token: PageToken) throws(Refusal) -> String {
    guard token.keys.count == 1, case .text(let text) = token.keys[0] else { throw invalid }
    return text
  }

  static func order(_ token: PageToken) throws(Refusal) -> OrderStore.Position {
    guard token.keys.count == 2, case .integer(let microseconds) = token.keys[0], case .text(let orderID) = token.keys[1],
      timestamps.contains(microseconds)
    else { throw invalid }
    return OrderStore.Position(createTime: Date(microsecondsSince1970: microseconds), orderID: orderID)
  }

  /// The instants that a Timestamp may name, in microseconds: beyond them a Date loses them.
  private static let timestamps: Range<Int64> = -62_135_596_800_000_000..<253_402_300_800_000_000

  private static let invalid = Refusal(
    .invalidArgument, "PAGE_TOKEN_INVALID", "page_token is not of this list; start again without it")
}
