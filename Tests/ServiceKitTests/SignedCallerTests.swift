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
  private let caller = Caller(clientID: "cli_1", staffID: "sta_1", scopes: ["pos.checkout"], storeIDs: ["sto_1"], logID: "log_1")

  private func verified(_ bytes: [UInt8]?, audience: String = "loyalty", ring: KeyRing? = nil) throws -> Caller {
    var metadata = Metadata()
    if let bytes { metadata.set(SignedCallers.metadataKey, binary: bytes) }
    let context = ServerContext(method: LoyaltyV1.LoyaltyServiceMethods.getBalance, metadata: metadata)
    return try SignedCallers(audience: audience, ring: ring ?? self.ring, clock: clock).caller(of: context)
  }

  private func signed(for audience: String = "loyalty") throws -> [UInt8] {
    try #require(CallerSigner(ring: ring, clock: clock).signedCaller(caller, for: audience))
  }

  private func refusal(_ bytes: [UInt8]?, audience: String = "loyalty", ring: KeyRing? = nil) throws -> String? {
    let refusal = #expect(throws: Refusal.self) { try verified(bytes, audience: audience, ring: ring) }
    #expect(refusal?.code == .unauthenticated)
    return refusal?.reason
  }

  @Test func aSignedCallerArrivesWhole() throws {
    #expect(try verified(signed()) == caller)
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
      clientID: ids.next("cli"), staffID: String(repeating: "s", count: 64), scopes: Set(scopes), storeIDs: Set(storeIDs),
      logID: ids.next("log"))
    let bytes = try #require(CallerSigner(ring: ring, clock: clock).signedCaller(large, for: "loyalty"))
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
