import Foundation
import ServiceKit

/// Reads the keys out of a page token. A token that is well formed and yet holds other keys was made by someone else.
enum PagePosition {
  static func text(_ token: PageToken) throws(Refusal) -> String {
    guard token.keys.count == 1, case .text(let text) = token.keys[0] else { throw invalid }
    return text
  }

  static func order(_ token: PageToken) throws(Refusal) -> OrderStore.Position {
    guard token.keys.count == 2, case .integer(let microseconds) = token.keys[0], case .text(let orderID) = token.keys[1]
    else { throw invalid }
    return OrderStore.Position(createTime: Date(microsecondsSince1970: microseconds), orderID: orderID)
  }

  private static let invalid = Refusal(
    .invalidArgument, "PAGE_TOKEN_INVALID", "page_token is not of this list; start again without it")
}
