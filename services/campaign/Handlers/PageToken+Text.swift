import ServiceKit

extension PageToken {
  /// The one key of a list that is sorted by an id. A well-formed token with other keys was made by someone else.
  func onlyText() throws(Refusal) -> String {
    guard keys.count == 1, case .text(let text) = keys[0] else {
      throw Refusal(.invalidArgument, "PAGE_TOKEN_INVALID", "page_token is not of this list; start again without it")
    }
    return text
  }
}
