import RPC
import Testing

@testable import ServiceKit

@Suite struct PageTokenTests {
  @Test func aTokenComesBackAsItWasMade() throws {
    let token = PageToken(list: "identity.members", keys: [.text("mem_é/+\""), .integer(.min), .integer(.max), .text("")])
    #expect(try PageToken(token.encoded, list: "identity.members") == token)
    #expect(token.encoded.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
  }

  @Test func noTokenIsTheFirstPage() throws {
    #expect(try PageToken("", list: "identity.members") == nil)
  }

  @Test func aTokenOfAnotherListOrAMangledOneIsRefused() {
    let token = PageToken(list: "orders store=sto_1", keys: [.integer(7)]).encoded
    let wrong = [
      token, String(token.dropLast()), token + "A", "!", "e30", "W10", "WyIxIl0", String(repeating: "A", count: 10_000),
    ]
    for text in wrong {
      let error = #expect(throws: Refusal.self, "\(text)") { try PageToken(text, list: "orders store=sto_2") }
      #expect(error?.reason == "PAGE_TOKEN_INVALID")
    }
  }

  @Test func aKeyOfAnotherTypeIsRefusedRatherThanMisread() throws {
    let token = PageToken(list: "a", keys: [.integer(7)])
    #expect(try token.integer(0) == 7)
    #expect(throws: Refusal.self) { try token.text(0) }
    #expect(throws: Refusal.self) { try token.integer(1) }
  }

  @Test func aPageHasNoMoreRowsThanAskedForAndSaysWhereTheNextBegins() throws {
    let page = try PageRequest(size: 2, token: "", list: "a")
    let (full, next) = page.cut(["x", "y", "z"], list: "a") { [.text($0)] }
    #expect(Array(full) == ["x", "y"])
    #expect(try PageToken(next, list: "a")?.text(0) == "y")
    let (last, end) = page.cut(["x", "y"], list: "a") { [.text($0)] }
    #expect(Array(last) == ["x", "y"])
    #expect(end.isEmpty)
  }

  @Test(arguments: [(0, 50), (1, 1), (500, 500), (501, nil), (-1, nil)] as [(Int32, Int?)])
  func aPageSizeIsOneToFiveHundredAndZeroMeansFifty(size: Int32, expected: Int?) {
    #expect((try? PageRequest(size: size, token: "", list: "a"))?.size == expected)
  }
}
