import Foundation
import GoogleProto
import PatronAPI
import ProtobufC
import RPC
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct SignedCallerTests {
  private let clock = ManualClock()
  private let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))
  private let caller = Caller(clientID: "cli_1", staffID: "sta_1", scopes: ["pos.checkout"], storeIDs: ["sto_1"])

  private func verified(_ bytes: [UInt8]?, audience: String = "loyalty", ring: KeyRing? = nil) throws -> Caller {
    var metadata = Metadata()
    if let bytes { metadata.set(SignedCallers.metadataKey, binary: bytes) }
    return try verified(metadata, by: SignedCallers(audience: audience, ring: ring ?? self.ring, clock: clock))
  }

  private func verified(_ metadata: Metadata, by callers: SignedCallers) throws -> Caller {
    try callers.caller(of: ServerContext(method: LoyaltyV1.LoyaltyServiceMethods.getBalance, metadata: metadata))
  }

  private func metadata(_ caller: Caller, for audience: String = "loyalty", by signer: CallerSigner? = nil) -> Metadata {
    var metadata = Metadata()
    (signer ?? CallerSigner(ring: ring, clock: clock)).sign(caller, for: audience, into: &metadata)
    return metadata
  }

  private func signed(for audience: String = "loyalty") throws -> [UInt8] {
    try #require(metadata(caller, for: audience).binary(SignedCallers.metadataKey))
  }

  private func refusal(_ bytes: [UInt8]?, audience: String = "loyalty", ring: KeyRing? = nil) throws -> String? {
    let refusal = #expect(throws: Refusal.self) { try verified(bytes, audience: audience, ring: ring) }
    #expect(refusal?.code == .unauthenticated)
    return refusal?.reason
  }

  @Test func aSignedCallerArrivesWhole() throws {
    #expect(try verified(signed()) == caller)
  }

  @Test func theLogIDTravelsBesideTheSignatureWhichIsTheSameFromCallToCall() throws {
    let (signer, callers) = (CallerSigner(ring: ring, clock: clock), SignedCallers(audience: "loyalty", ring: ring, clock: clock))
    var texts: Set<String> = []
    for logID in ["log_1", "log_2", ""] {
      var logged = caller
      logged.logID = logID
      let metadata = metadata(logged, by: signer)
      #expect(try verified(metadata, by: callers) == logged)
      texts.insert(try #require(metadata[SignedCallers.metadataKey]))
    }
    #expect(texts.count == 1)
  }

  @Test func aLogIDThatALineShouldNotCarryIsLeftOut() throws {
    for logID in ["two words", String(repeating: "x", count: 65)] {
      var metadata = metadata(caller)
      metadata.set("patron-log-id", logID)
      #expect(try verified(metadata, by: SignedCallers(audience: "loyalty", ring: ring, clock: clock)).logID.isEmpty)
    }
  }

  @Test func aSignatureIsMadeAnewForOtherScopesAnotherServiceAndAfterAWhile() throws {
    let signer = CallerSigner(ring: ring, clock: clock)
    let first = metadata(caller, by: signer)[SignedCallers.metadataKey]
    var other = caller
    other.scopes = ["points.read"]
    #expect(metadata(other, by: signer)[SignedCallers.metadataKey] != first)
    #expect(metadata(caller, for: "campaign", by: signer)[SignedCallers.metadataKey] != first)
    let again = metadata(caller, by: signer)[SignedCallers.metadataKey]
    clock.advance(by: .milliseconds(19_999))
    #expect(metadata(caller, by: signer)[SignedCallers.metadataKey] == again)
    clock.advance(by: .milliseconds(1))
    #expect(metadata(caller, by: signer)[SignedCallers.metadataKey] != again)
    // A clock that is set back must not stretch it.
    let late = metadata(caller, by: signer)[SignedCallers.metadataKey]
    clock.advance(by: .seconds(-1))
    #expect(metadata(caller, by: signer)[SignedCallers.metadataKey] != late)
  }

  @Test func aSignatureThatIsKnownExpiresAllTheSame() throws {
    let callers = SignedCallers(audience: "loyalty", ring: ring, clock: clock)
    let metadata = metadata(caller)
    #expect(try verified(metadata, by: callers) == caller)
    clock.advance(by: .seconds(89))
    #expect(try verified(metadata, by: callers) == caller)
    clock.advance(by: .seconds(1))
    let refusal = #expect(throws: Refusal.self) { try verified(metadata, by: callers) }
    #expect(refusal?.reason == "CALLER_EXPIRED")
  }

  @Test func knownSignaturesAreBoundedAndThoseThatHoldStay() {
    let known = KnownSignatures()
    let now = clock.now()
    func keep(_ text: String, for seconds: TimeInterval) {
      known.keep(.init(caller: caller, issued: now, expires: now.addingTimeInterval(seconds)), text, now: now)
    }
    keep("holds", for: 60)
    for number in 1..<KnownSignatures.atMost { keep("\(number)", for: 0) }
    keep("one more", for: 60)
    #expect(known.count == 2)
    #expect(known.find("holds")?.caller == caller)
    for number in 0..<(3 * KnownSignatures.atMost) { keep("held \(number)", for: 60) }
    #expect(known.count <= KnownSignatures.atMost)
  }

  @Test func nobodyIsBelievedWithoutASignature() throws {
    #expect(try refusal(nil) == "CALLER_MISSING")
  }

  @Test func changingAnyOneBitIsNoticed() throws {
    let bytes = try signed()
    for index in bytes.indices {
      for bit in 0..<8 {
        var tampered = bytes
        tampered[index] ^= 1 << bit
        // A flipped bit may fall on the field number of an empty tail or the like; whatever still verifies must be the same caller.
        if let accepted = try? verified(tampered) { #expect(accepted == caller, "byte \(index), bit \(bit)") }
      }
    }
  }

  @Test func aCallerThatGivesItselfMoreScopesIsRefused() throws {
    let message = try TypeV1.SignedCaller(decoding: try signed())
    var forged = try TypeV1.Caller(decoding: message.caller)
    forged.scopes = ["*"]
    let bytes = TypeV1.SignedCaller(caller: forged.encoded(), keyID: message.keyID, signature: message.signature).encoded()
    #expect(try refusal(bytes) == "CALLER_INVALID")
  }

  @Test func aSignatureForOneServiceIsWorthNothingAtAnother() throws {
    #expect(try refusal(signed(for: "campaign")) == "CALLER_INVALID")
  }

  @Test func aSignatureOfAnotherRingIsRefusedEvenUnderTheSameKeyID() throws {
    #expect(try refusal(signed(), ring: KeyRing(keyID: "k1", secret: Array(repeating: 8, count: 32))) == "CALLER_INVALID")
    #expect(try refusal(signed(), ring: KeyRing(keyID: "k2", secret: Array(repeating: 7, count: 32))) == "CALLER_INVALID")
  }

  /// Signed for 60 s; the machines' clocks may differ by 30 s either way.
  @Test(arguments: [(0, true), (89, true), (90, false), (3_600, false), (-30, true), (-31, false)])
  func aSignatureHoldsFromItsIssueToItsExpiryAndTheClocksMayDiffer(seconds: Int, holds: Bool) throws {
    let bytes = try signed()
    clock.advance(by: .seconds(seconds))
    if holds { #expect(try verified(bytes) == caller) } else { #expect(try refusal(bytes) == "CALLER_EXPIRED") }
  }

  @Test func aSignatureWithoutItsTimesIsRefused() throws {
    let message = TypeV1.Caller(clientID: "cli_1", audience: "loyalty").encoded()
    let (keyID, signature) = ring.sign(message)
    let bytes = TypeV1.SignedCaller(caller: message, keyID: keyID, signature: signature).encoded()
    #expect(try refusal(bytes) == "CALLER_INVALID")
  }

  @Test func aClientWithAsManyStoresAsIdentityAllowsIsSigned() throws {
    let scopes = Scope.forClients.map(\.rawValue)
    var storeIDs: [String] = []
    let ids = TimeOrderedIDs()
    while SignedCallers.fits(scopes: scopes, storeIDs: storeIDs + ["sto_" + String(repeating: "0", count: 26)]) {
      storeIDs.append(ids.next("sto"))
    }
    #expect(storeIDs.count > 200)
    let large = Caller(
      clientID: ids.next("cli"), staffID: String(repeating: "s", count: 64), scopes: Set(scopes), storeIDs: Set(storeIDs))
    let bytes = try #require(metadata(large).binary(SignedCallers.metadataKey))
    #expect(bytes.count <= SignedCallers.bytesAtMost)
    #expect(bytes.count > SignedCallers.grantBytesAtMost - 256, "the limit is no tighter than it must be")
  }

  @Test func everyScopeOfAClientStandsInTheGatewaysTable() throws {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("services/gateway/README.md")
    let table = try String(contentsOf: readme, encoding: .utf8)
    for scope in Scope.forClients { #expect(table.contains("\n| `\(scope.rawValue)` |"), "\(scope.rawValue)") }
  }

  @Test func junkIsRefusedWhateverItsSize() throws {
    #expect(try refusal([]) == "CALLER_INVALID")
    #expect(try refusal([0xFF, 0xFF]) == "CALLER_INVALID")
    #expect(try refusal(Array(repeating: 0x0A, count: 1 << 16)) == "CALLER_INVALID")
  }

  @Test func scopesAndStoresBoundWhatACallerMayDo() throws {
    try caller.require(anyOf: .membersRead, .checkout)
    try caller.require(storeID: "sto_1")
    #expect(throws: Refusal.self) { try caller.require(anyOf: .membersRead) }
    #expect(throws: Refusal.self) { try caller.require(storeID: "sto_2") }
    try Caller.localDevelopment.require(anyOf: .saga)
    try Caller.localDevelopment.require(storeID: "sto_2")
    #expect(throws: Refusal.self) { try Caller.nobody.require(anyOf: .membersRead) }
  }
}
