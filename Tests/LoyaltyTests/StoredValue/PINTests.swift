import Database
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct PINTests {
  private func authorize(
    _ rig: LoyaltyRig, _ card: LoyaltyV1.IssuedGiftCard, _ pin: String, requestID: String? = nil
  ) async throws -> LoyaltyV1.AuthorizeSpendResponse {
    try await rig.value.authorizeSpend(
      LoyaltyV1.AuthorizeSpendRequest(
        requestID: requestID ?? rig.freshID(), account: LoyaltyV1.StoredValueAccountKey(key: .cardNumber(card.number)), pin: pin))
  }

  private func wrong(_ pin: String) -> String { pin.hasPrefix("0") ? "1" + pin.dropFirst() : "0" + pin.dropFirst() }

  private static let wrongPIN = Refused(code: .permissionDenied, reason: "PIN_WRONG")
  private static let locked = Refused(code: .failedPrecondition, reason: "PIN_LOCKED")
  private static let needed = Refused(code: .failedPrecondition, reason: "PIN_REQUIRED")

  @Test("A card with a PIN pays only with it, to the client that gave it, for a quarter of an hour")
  func authorization() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000, withPIN: true)
      #expect(try await refusal { _ = try await rig.holds.hold(rig.valueHoldRequest("ord_1", [(card.accountID, 100)])) } == Self.needed)
      let right = try await authorize(rig, card, card.pin)
      #expect(right.account?.accountID == card.accountID && !right.authorizationID.isEmpty)
      _ = try await rig.holds.hold(
        rig.valueHoldRequest("ord_1", [(card.accountID, 100)], authorization: right.authorizationID))
      var stranger = rig.valueHoldRequest("ord_2", [(card.accountID, 100)], authorization: right.authorizationID)
      stranger.clientID = "cli_other"
      #expect(try await refusal { _ = try await rig.holds.hold(stranger) } == Self.needed)
      rig.service.clock.advance(by: .seconds(900))
      let late = rig.valueHoldRequest("ord_3", [(card.accountID, 100)], authorization: right.authorizationID)
      #expect(try await refusal { _ = try await rig.holds.hold(late) } == Self.needed)
      // The hold that was placed in time is not undone.
      try await rig.commit("ord_1")
      try await rig.expectSound()
    }
  }

  @Test("Wrong PINs lock the card after five, whoever asks at once; a right one before that forgets them; staff unlock it")
  func tryLimit() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000, withPIN: true)
      for _ in 0..<4 { #expect(try await refusal { _ = try await authorize(rig, card, wrong(card.pin)) } == Self.wrongPIN) }
      _ = try await authorize(rig, card, card.pin)
      let refusals = try await withThrowingTaskGroup(of: Refused.self) { group in
        for _ in 0..<40 { group.addTask { try await refusal { _ = try await authorize(rig, card, wrong(card.pin)) } } }
        return try await group.reduce(into: [String: Int]()) { $0[$1.reason, default: 0] += 1 }
      }
      #expect(refusals == ["PIN_WRONG": 5, "PIN_LOCKED": 35])
      #expect(try await refusal { _ = try await authorize(rig, card, card.pin) } == Self.locked)
      #expect(try await rig.account(card.accountID).pinLocked)
      let unlocked = try await rig.value.unlockPin(
        LoyaltyV1.UnlockPinRequest(requestID: rig.freshID(), accountID: card.accountID, reason: "showed the receipt"))
      #expect(unlocked.account?.pinLocked == false)
      _ = try await authorize(rig, card, card.pin)
    }
  }

  @Test("A lost reply to a wrong PIN is refused again and not counted again, also after a restart")
  func repeated() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000, withPIN: true)
      for _ in 0..<10 {
        #expect(try await refusal { _ = try await authorize(rig, card, wrong(card.pin), requestID: "same") } == Self.wrongPIN)
      }
      try await rig.service.restart()
      #expect(try await refusal { _ = try await authorize(rig, card, wrong(card.pin), requestID: "same") } == Self.wrongPIN)
      #expect(try await authorize(rig, card, card.pin).account?.pinLocked == false)
    }
  }

  @Test("Under one request id a PIN is told again, another one is a try, and after the last the right one is refused too")
  func guessesUnderOneRequest() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000, withPIN: true)
      let right = try await authorize(rig, card, card.pin, requestID: "same")
      #expect(try await authorize(rig, card, card.pin, requestID: "same") == right)
      let guesses = (0..<6).map { "10000\($0)" }.filter { $0 != card.pin }.prefix(5)
      for guess in guesses { #expect(try await refusal { _ = try await authorize(rig, card, guess, requestID: "same") } == Self.wrongPIN) }
      #expect(try await refusal { _ = try await authorize(rig, card, "100009", requestID: "same") } == Self.locked)
      #expect(try await refusal { _ = try await authorize(rig, card, card.pin, requestID: "same") } == Self.locked)
    }
  }

  @Test("A PIN is changed and taken away; none, or junk, is no try")
  func change() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000, withPIN: true)
      _ = try await rig.value.setPin(LoyaltyV1.SetPinRequest(requestID: rig.freshID(), accountID: card.accountID, pin: "246810"))
      #expect(try await refusal { _ = try await authorize(rig, card, "246811") } == Self.wrongPIN)
      _ = try await authorize(rig, card, "246810")
      #expect(try await refusal { _ = try await authorize(rig, card, "") } == Self.needed)
      #expect(try await refusal { _ = try await authorize(rig, card, "12345678901") } == .invalidFields)
      _ = try await rig.value.setPin(LoyaltyV1.SetPinRequest(requestID: rig.freshID(), accountID: card.accountID))
      #expect(try await !authorize(rig, card, "").authorizationID.isEmpty)
      try await rig.sellForValue("ord_1", [(card.accountID, 1_000)])
    }
  }

  @Test("Neither a card's number nor its PIN is anywhere in the database once ten minutes have passed")
  func nothingPlain() async throws {
    try await LoyaltyRig.run { rig in
      let card = try await rig.card(1_000, withPIN: true)
      _ = try await authorize(rig, card, card.pin)
      rig.service.clock.advance(by: .seconds(600))
      try await ExpiryPoster(environment: rig.service.environment, interval: .seconds(60), batch: 10).pass()
      let plain = SQL("test.plain-numbers", "SELECT count(*) FROM value_card_secret WHERE number = ?1")
      #expect(try await rig.service.database.read { try $0.first(plain, [.text(card.number)]) { $0.int(0) } } == 0)
      let replies = SQL("test.replies", "SELECT reply FROM database_request")
      let recorded = try await rig.service.database.read { try $0.all(replies) { $0.blob(0) } }
      #expect(!recorded.isEmpty && recorded.allSatisfy { !String(decoding: $0, as: UTF8.self).contains(card.number) })
    }
  }

  @Test("A number of no card, and a mistyped one, are told apart from nothing")
  func unknown() async throws {
    try await LoyaltyRig.run { rig in
      let stranger = LoyaltyV1.IssuedGiftCard(number: CardNumber(random: Array(repeating: 9, count: 16)).text)
      let unknown = try await refusal { _ = try await authorize(rig, stranger, "1234") }
      #expect(unknown == Refused(code: .notFound, reason: "CARD_UNKNOWN"))
      #expect(try await refusal { _ = try await authorize(rig, LoyaltyV1.IssuedGiftCard(number: "8"), "1234") } == .invalidFields)
    }
  }
}
