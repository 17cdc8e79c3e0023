import Database
import Foundation
import Identity
import PatronAPI
import RPC
import RPCTransport
import Testing

/// Power cuts of identity between the commits that belong together: the key and the member, the erasure log, the row and the key.
@Suite(.serialized) struct IdentityKillTests {
  private static let patience = CallOptions(timeout: .seconds(60))

  /// Identity as a process over a folder that outlives it.
  private struct Sample: Sendable {
    private let identity: ServiceProcess

    init() throws { identity = try ServiceProcess("identity") }

    var folder: URL { identity.folder }
    var databasePath: String { identity.databasePath }

    /// Starts a process and hands it to `body`; it is killed at `faultPoint`, if there is one, and else drained.
    func run(killedAt faultPoint: String? = nil, _ body: (IdentityV1.IdentityServiceClient) async throws -> Void) async throws {
      let process = try identity.start(faultPoint)
      defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
      guard let address = try await identity.address(of: process) else {
        throw ServiceCluster.StartFailure(description: "identity did not become ready:\n\(identity.output)")
      }
      let channel = try SystemChannel.open(address)
      try await body(IdentityV1.IdentityServiceClient(channel: channel))
      if faultPoint == nil { process.terminate() }
      let status = await identity.end(of: process)
      #expect(status == (faultPoint == nil ? 0 : -SIGKILL), "\(faultPoint ?? "")\n\(identity.output)")
      await channel.close()
    }

    /// Starts a process that is killed before it serves.
    func dieStarting(at faultPoint: String) async throws {
      #expect(await identity.end(of: try identity.start(faultPoint)) == -SIGKILL, "\(identity.output)")
    }

    func expectNoDifferences() async throws { try await identity.expectNoDifferences() }
  }

  private static let ada = IdentityV1.EnrolMemberRequest(requestID: "r1", name: "Ada", phone: "+14155550100")

  @Test func `a kill between a key and its member leaves no member, and the repeat makes one`() async throws {
    let sample = try Sample()
    try await sample.run(killedAt: "identity.enrol.key-committed") { members in
      await #expect(throws: RPCError.self) { try await members.enrolMember(Self.ada, options: Self.patience) }
    }
    try await sample.expectNoDifferences()
    try await sample.run { members in
      let key = IdentityV1.FindMemberRequest(key: .phone("+14155550100"))
      let error = await #expect(throws: RPCError.self) { try await members.findMember(key, options: Self.patience) }
      #expect(error?.reason == "MEMBER_NOT_FOUND")
      let memberID = try await members.enrolMember(Self.ada, options: Self.patience).memberID
      #expect(try await members.findMember(key, options: Self.patience).member?.memberID == memberID)
    }
    try await sample.expectNoDifferences()
  }

  @Test(arguments: ["identity.erase.logged", "identity.erase.row-committed"])
  func `a kill within an erasure leaves it to the next start`(faultPoint: String) async throws {
    let sample = try Sample()
    try await sample.run(killedAt: faultPoint) { members in
      let memberID = try await members.enrolMember(Self.ada, options: Self.patience).memberID
      let erase = IdentityV1.EraseMemberRequest(requestID: "x1", memberID: memberID)
      await #expect(throws: RPCError.self) { try await members.eraseMember(erase, options: Self.patience) }
    }
    try await sample.run { members in
      // The enrolment's repeat names the member, and is refused for it.
      let error = await #expect(throws: RPCError.self) { try await members.enrolMember(Self.ada, options: Self.patience) }
      #expect(error?.reason == "MEMBER_ERASED")
      let list = try await members.listMembers(IdentityV1.ListMembersRequest(), options: Self.patience)
      #expect(list.members.isEmpty)
    }
    try await sample.expectNoDifferences()
  }

  @Test(arguments: ["identity.sealing.keys-made", "identity.sealing.batch-done", "identity.sealing.batch-done:2"])
  func `a kill within the sealing of a plain database leaves the rest to the next start`(faultPoint: String) async throws {
    let sample = try Sample()
    let database = try Database.open(DatabaseConfiguration(path: sample.databasePath), migrations: [IdentityApp.migrations[0]])
    try await database.write { transaction in
      for number in 100..<500 {
        try transaction.run(Self.insertPlainMember, [.text("mem_\(number)"), .text("Plainname \(number)"), .text("+14155550\(number)")])
        try transaction.run(Self.insertCard, [.text("9000000000000\(number)"), .text("mem_\(number)")])
      }
    }
    await database.close()
    try await sample.dieStarting(at: faultPoint)
    try await sample.run { members in
      for number in [100, 250, 400, 499] {
        let found = try await members.findMember(IdentityV1.FindMemberRequest(key: .phone("+14155550\(number)")), options: Self.patience)
        #expect(found.member?.name == "Plainname \(number)")
      }
    }
    try await sample.expectNoDifferences()
    for name in try FileManager.default.contentsOfDirectory(atPath: sample.folder.path) {
      let bytes = try Data(contentsOf: sample.folder.appendingPathComponent(name))
      #expect(bytes.range(of: Data("Plainname".utf8)) == nil, "\(name)")
    }
  }

  private static let insertPlainMember = SQL(
    "test.insert-plain-member",
    """
    INSERT INTO member (member_id, state, name, phone, age_band, income_band, home_ownership, marital_status, household_size,
      household_composition, kids_count, home_store_id, create_time, update_time)
    VALUES (?1, 1, ?2, ?3, '', '', '', '', '', '', '', '', 0, 0)
    """)
  private static let insertCard = SQL("test.insert-card", "INSERT INTO card (card_code, member_id, create_time) VALUES (?1, ?2, 0)")
}
