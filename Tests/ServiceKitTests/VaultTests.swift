import Database
import Foundation
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct VaultTests {
  private static let name = SealedColumn("member", "name")

  /// A vault in a folder of its own, opened as often as a test likes.
  private struct Sample: Sendable {
    let folder: TemporaryFolder
    let database: Database
    let random: SeededRandomSource

    init(seed: UInt64 = 1) throws {
      random = SeededRandomSource(seed: seed)
      folder = try TemporaryFolder("vault")
      var configuration = DatabaseConfiguration(path: folder.path + "/keys.sqlite")
      configuration.runsEveryWriteTwice = true
      configuration.overwritesDeleted = true
      configuration.writeTimeLimit = .seconds(300)
      configuration.readTimeLimit = .seconds(300)
      database = try Database.open(configuration, migrations: VaultStore.migrations)
    }

    var ringPath: String { folder.path + "/vault-keys" }

    func open(mustExist: Bool = false) async throws -> Vault {
      try await Vault.open(database, masterKeysFile: (ringPath, "vault-keys-file"), mustExist: mustExist, random: random)
    }

    func makeKey(of ownerID: String, in vault: Vault) async throws -> DataKey {
      _ = try await vault.makeKeys(for: [ownerID])
      return try #require(try await vault.key(of: ownerID))
    }

    func writeRing(_ text: String, mode: Int = 0o600) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: ringPath))
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: ringPath)
    }

    func readRing() throws -> [String: Any] {
      try #require(JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: ringPath))) as? [String: Any])
    }

    /// The ring with another active key, and without those that are named.
    func rotate(to id: String, removing removed: Set<String> = []) throws {
      var keys = try #require(try readRing()["keys"] as? [[String: String]])
      if !keys.contains(where: { $0["id"] == id }) {
        keys.append(["id": id, "secret": Data(random.bytes(32)).base64EncodedString()])
      }
      keys.removeAll { removed.contains($0["id"] ?? "") }
      try writeRing(String(decoding: JSONSerialization.data(withJSONObject: ["active": id, "keys": keys]), as: UTF8.self))
    }
  }

  // MARK: Sealing

  @Test func `a sealed value opens where it was sealed and nowhere else`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    let key = try await sample.makeKey(of: "mem_1", in: vault)
    let other = try await sample.makeKey(of: "mem_2", in: vault)
    let sealed = try key.seal(Array("Ada".utf8), for: Self.name, random: sample.random)
    #expect(try key.open(sealed, of: Self.name) == Data("Ada".utf8))
    #expect(try key.seal(Array("Ada".utf8), for: Self.name, random: sample.random) != sealed)
    for column in [SealedColumn("member", "email"), SealedColumn("membe", "rname"), SealedColumn("card", "name")] {
      #expect(throws: VaultError.doesNotOpen(column: column.description, ownerID: "mem_1")) { try key.open(sealed, of: column) }
    }
    #expect(throws: VaultError.doesNotOpen(column: "member.name", ownerID: "mem_2")) { try other.open(sealed, of: Self.name) }
    // The right key under another's name: a row whose id was changed.
    let renamed = DataKey(ownerID: "mem_2", secret: key.secret)
    #expect(throws: VaultError.self) { try renamed.open(sealed, of: Self.name) }
  }

  @Test func `a sealed value that was altered anywhere does not open`() async throws {
    let sample = try Sample()
    let key = try await sample.makeKey(of: "mem_1", in: try await sample.open())
    let sealed = try key.seal(Array("Ada Lovelace".utf8), for: Self.name, random: sample.random)
    for index in sealed.indices {
      var altered = sealed
      altered[index] ^= 1
      #expect(throws: VaultError.self, "byte \(index)") { try key.open(altered, of: Self.name) }
    }
    for length in 0..<sealed.count { #expect(throws: VaultError.self) { try key.open(Array(sealed.prefix(length)), of: Self.name) } }
    #expect(throws: VaultError.self) { try key.open(sealed + [0], of: Self.name) }
  }

  // MARK: Keys

  @Test func `keys and hashes outlive the process, and every installation has its own`() async throws {
    let sample = try Sample()
    let first = try await sample.open()
    let sealed = try await sample.makeKey(of: "mem_1", in: first).seal([1, 2, 3], for: Self.name, random: sample.random)
    let second = try await sample.open(mustExist: true)
    #expect(try await second.key(of: "mem_1")?.open(sealed, of: Self.name) == Data([1, 2, 3]))
    #expect(second.keyedHash("phone")("+1") == first.keyedHash("phone")("+1"))
    #expect(second.keyedHash("email")("+1") != first.keyedHash("phone")("+1"))
    #expect(second.fingerprint == first.fingerprint)
    let elsewhere = try await Sample(seed: 2).open()
    #expect(elsewhere.fingerprint != first.fingerprint)
    #expect(elsewhere.keyedHash("phone")("+1") != first.keyedHash("phone")("+1"))
    #expect(try await second.key(of: "mem_2") == nil)
  }

  @Test func `a destroyed key is gone from memory, from the database and from the bytes of its files`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    _ = try await sample.makeKey(of: "mem_1", in: vault)
    _ = try await sample.makeKey(of: "mem_2", in: vault)
    let wrapped = try #require(try await sample.database.read { try VaultStore.key(of: "mem_1", in: $0) }).wrapped.bytes
    #expect(vault.keysInMemory == 2)
    try await vault.destroyKeys(of: ["mem_1", "mem_none"])
    #expect(vault.keysInMemory == 1)
    #expect(try await vault.key(of: "mem_1") == nil)
    #expect(try await vault.key(of: "mem_2") != nil)
    for suffix in ["", "-wal"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: sample.folder.path + "/keys.sqlite" + suffix))
      #expect(bytes.range(of: Data(wrapped)) == nil, "\(suffix)")
    }
  }

  @Test func `a key of another owner in an owner's row does not unwrap`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    _ = try await sample.makeKey(of: "mem_1", in: vault)
    _ = try await sample.makeKey(of: "mem_2", in: vault)
    let swap = SQL("test.swap", "UPDATE vault_key SET wrapped = (SELECT wrapped FROM vault_key WHERE owner_id = 'mem_2')")
    try await sample.database.write { _ = try $0.run(swap) }
    let reopened = try await sample.open()
    await #expect(throws: VaultError.keyDoesNotUnwrap(name: "mem_1", masterKeyID: "m1")) { try await reopened.key(of: "mem_1") }
    #expect(try await reopened.key(of: "mem_2") != nil)
  }

  @Test func `keys whose rows never came are swept, and those of newcomers are not`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    for number in 100..<700 { _ = try await sample.makeKey(of: "mem_\(number)", in: vault) }
    let present = Set((100..<700).filter { $0 % 3 == 0 }.map { "mem_\($0)" })
    let ids = SequentialIDs()
    let swept = try await vault.withNewOwner(makeID: { ids.next("new") }, isUsed: { _, _ in true }) { _ in
      try await vault.sweep { present.intersection($0) }
    }
    #expect(swept == 600 - present.count)
    #expect(try await vault.key(of: SequentialIDs.id("new", 1)) != nil)
    // Those made ahead were not swept either; of the next process they are.
    #expect(vault.newOwners.count == KeyStock.batch - 1)
    #expect(try await vault.sweep { present.union([SequentialIDs.id("new", 1)]).intersection($0) } == 0)
    let next = try await sample.open()
    #expect(try await next.sweep { present.union([SequentialIDs.id("new", 1)]).intersection($0) } == KeyStock.batch - 1)
    #expect(try await vault.key(of: "mem_100") == nil)
    #expect(try await next.withKeys(of: (100..<700).map { "mem_\($0)" }) { $0.count } == present.count)
  }

  @Test func `of many who enrol, one commit makes many keys, and each owner has a key of their own`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    let ids = SequentialIDs()
    let owners = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<300 {
        group.addTask {
          do {
            return try await vault.withNewOwner(makeID: { ids.next("mem") }, isUsed: { _, _ in number % 5 != 0 }) { key in
              if number % 5 == 1 { throw Refusal(.alreadyExists, "TAKEN", "") }
              return number % 5 == 0 ? "" : key.ownerID
            }
          } catch is Refusal {
            return ""
          }
        }
      }
      return try await group.reduce(into: [String]()) { if !$1.isEmpty { $0.append($1) } }
    }
    #expect(owners.count == 180)
    #expect(Set(owners).count == 180)
    let present = Set(owners)
    // Whoever was refused gave the key back: no more keys lie about than a stock holds and those who came at once made.
    #expect(vault.newOwners.isDisjoint(with: present))
    #expect(try await vault.withKeys(of: owners) { $0.count } == 180)
    #expect(try await vault.sweep { present.intersection($0) } == 0)
  }

  @Test func `one after the other, owners come in the order of their ids, and one key in many is waited for`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    let ids = SequentialIDs()
    let before = sample.database.statistics.commits
    for number in 1...(2 * KeyStock.batch) {
      let ownerID = try await vault.withNewOwner(makeID: { ids.next("mem") }, isUsed: { _, _ in true }) { $0.ownerID }
      #expect(ownerID == SequentialIDs.id("mem", number))
    }
    #expect(sample.database.statistics.commits - before == 2)
  }

  @Test func `memory holds no more keys than its limit, and those in use stay`() {
    let cache = KeyCache(keysAtMost: 8)
    func key(_ number: Int) -> DataKey { DataKey(ownerID: "mem_\(number)", secret: .init(size: .bits256)) }
    cache.keep(key(0), readSince: cache.moment)
    for number in 1..<100 {
      cache.keep(key(number), readSince: cache.moment)
      #expect(cache.key(of: "mem_0") != nil)
      #expect(cache.count <= 8)
    }
    #expect(cache.key(of: "mem_1") == nil)
    // Read before it was destroyed, and handed in after.
    let moment = cache.moment
    cache.forget(["mem_0"])
    cache.keep(key(0), readSince: moment)
    #expect(cache.key(of: "mem_0") == nil)
  }

  @Test func `where others destroy keys as well none stays in memory beyond its lifetime`() {
    let begin = ContinuousClock.now
    let cache = KeyCache(keysAtMost: 8, lifetime: .seconds(60), now: begin)
    let key = DataKey(ownerID: "mem_0", secret: .init(size: .bits256))
    cache.keep(key, readSince: cache.moment, at: begin + .seconds(1))
    // Used all the time, it is still read anew once a lifetime.
    for second in 2...59 { #expect(cache.key(of: "mem_0", at: begin + .seconds(second)) != nil) }
    #expect(cache.key(of: "mem_0", at: begin + .seconds(61)) == nil)
    cache.keep(key, readSince: cache.moment, at: begin + .seconds(62))
    cache.dropOld(at: begin + .seconds(92))
    #expect(cache.count == 1)
    cache.dropOld(at: begin + .seconds(122))
    #expect(cache.count == 0)
  }

  @Test func `an owner who stood ahead for half a day gets no row any more`() {
    let begin = ContinuousClock.now
    let stock = KeyStock()
    guard case .make(let count) = stock.next(at: begin) else { return #expect(Bool(false), "an empty stock has nobody ahead") }
    let keys = (0..<count).map { DataKey(ownerID: "mem_\($0)", secret: .init(size: .bits256)) }
    stock.announce(keys.map(\.ownerID), at: begin)
    stock.filled(Array(keys.dropFirst()))
    guard case .ready(let next) = stock.next(at: begin + KeyStock.longestAhead) else { return #expect(Bool(false), "they are ready") }
    #expect(next.ownerID == "mem_1")
    guard case .make = stock.next(at: begin + KeyStock.longestAhead + .seconds(1)) else { return #expect(Bool(false), "they are too old") }
    // Who has a key in hand may still get a row.
    #expect(stock.unsettled == ["mem_0", "mem_1"])
  }

  @Test func `an owner who was retired is passed over, and the next one gets the row`() async throws {
    let sample = try Sample()
    let vault = try await sample.open()
    let ids = SequentialIDs()
    let owner = try await vault.withNewOwner(makeID: { ids.next("mem") }, isUsed: { _, _ in true }) { key in
      if key.ownerID != SequentialIDs.id("mem", 3) { throw OwnerRetired() }
      return key.ownerID
    }
    #expect(owner == SequentialIDs.id("mem", 3))
    #expect(vault.newOwners.count == KeyStock.batch - 3)
  }

  @Test func `upkeep is one process's at a time, and another's once that one is silent`() async throws {
    let sample = try Sample()
    let (one, other) = (try await sample.open(), try await sample.open())
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let inside = try await one.alone(at: now) {
      return try await other.alone(at: now) { 2 }
    }
    #expect(inside == .some(nil), "one was at it, and the other was not let in")
    #expect(try await other.alone(at: now) { 3 } == 3)
    struct Died: Error {}
    await #expect(throws: Died.self) { try await one.alone(at: now) { throw Died() } }
    #expect(try await other.alone(at: now.addingTimeInterval(599)) { 4 } == nil)
    #expect(try await other.alone(at: now.addingTimeInterval(600)) { 5 } == 5)
    // A clock that was a few minutes ahead is believed, and one that was a day ahead locks nobody out.
    await #expect(throws: Died.self) { try await one.alone(at: now.addingTimeInterval(600)) { throw Died() } }
    #expect(try await other.alone(at: now) { 6 } == nil)
    await #expect(throws: Died.self) { try await one.alone(at: now.addingTimeInterval(86_400)) { throw Died() } }
    #expect(try await other.alone(at: now) { 7 } == 7)
  }

  @Test func `an erasure log in the key database keeps entries once, and a request id to one owner`() async throws {
    let sample = try Sample()
    let log = ErasureLog(in: sample.database)
    #expect(try await log.entries().isEmpty)
    let entries = (1...2_500).map { ErasureLog.Entry(ownerID: "mem_\($0)", time: Int64($0 / 7)) }
    try await log.add(entries)
    try await log.add([ErasureLog.Entry(ownerID: "mem_1", time: 9)])
    #expect(try await log.entries() == entries.sorted { ($0.time, $0.ownerID) < ($1.time, $1.ownerID) })
    let request = RequestKey(client: "cli_1", method: "/m", requestID: "r1")
    let entry = ErasureLog.Entry(ownerID: "mem_a", time: 5_000)
    for _ in 0..<2 { try await log.add([entry], for: request) }
    await #expect(throws: RequestIDReused.self) { try await log.add([ErasureLog.Entry(ownerID: "mem_b", time: 5_001)], for: request) }
    #expect(try await log.entries().last == entry)
  }

  // MARK: Master keys

  @Test func `the first start makes the master keys for their owner only`() async throws {
    let sample = try Sample()
    _ = try await sample.open()
    let mode = try #require(try FileManager.default.attributesOfItem(atPath: sample.ringPath)[.posixPermissions] as? NSNumber)
    #expect(mode.intValue == 0o600)
  }

  @Test func `master keys that are missing while keys need them stop the start, and none are made`() async throws {
    let sample = try Sample()
    _ = try await sample.open()
    try FileManager.default.removeItem(atPath: sample.ringPath)
    for mustExist in [true, false] {
      let error = await #expect(throws: ConfigError.self) { try await sample.open(mustExist: mustExist) }
      #expect(error?.key == "vault-keys-file")
      #expect(error?.problem.contains("put it back") == true)
      #expect(!FileManager.default.fileExists(atPath: sample.ringPath))
    }
  }

  @Test(
    arguments: [
      ("", 0o600), ("{}", 0o600), (#"{"active":"m1","keys":[]}"#, 0o600),
      (#"{"active":"m2","keys":[{"id":"m1","secret":"\#(Data(repeating: 7, count: 32).base64EncodedString())"}]}"#, 0o600),
      (#"{"active":"m1","keys":[{"id":"m1","secret":"\#(Data(repeating: 7, count: 31).base64EncodedString())"}]}"#, 0o600),
      (
        #"{"active":"m1","keys":[{"id":"m1","secret":"\#(Data(repeating: 7, count: 32).base64EncodedString())"},"#
          + #"{"id":"m1","secret":"\#(Data(repeating: 8, count: 32).base64EncodedString())"}]}"#, 0o600
      ),
      (#"{"active":"m1","keys":[{"id":"m1","secret":"\#(Data(repeating: 7, count: 32).base64EncodedString())"}]}"#, 0o640),
    ] as [(String, Int)])
  func `master keys that cannot be used stop the start`(text: String, mode: Int) async throws {
    let sample = try Sample()
    try sample.writeRing(text, mode: mode)
    let error = await #expect(throws: ConfigError.self) { try await sample.open() }
    #expect(error?.key == "vault-keys-file")
    #expect(try await sample.database.read { try VaultStore.masterKeyIDs(in: $0) } == [])
  }

  @Test func `another key under a known id is told from the right one`() async throws {
    let sample = try Sample()
    _ = try await sample.open()
    try sample.writeRing(#"{"active":"m1","keys":[{"id":"m1","secret":"\#(Data(repeating: 7, count: 32).base64EncodedString())"}]}"#)
    await #expect(throws: VaultError.keyDoesNotUnwrap(name: "look-up", masterKeyID: "m1")) { try await sample.open() }
  }

  // MARK: Rotation

  @Test func `a rotation wraps every key anew while the vault is in use, and then the old key may go`() async throws {
    let sample = try Sample()
    let first = try await sample.open()
    let hash = first.keyedHash("phone")("+1")
    for number in 100..<400 { _ = try await sample.makeKey(of: "mem_\(number)", in: first) }
    let sealed = try #require(try await first.key(of: "mem_200")).seal([9], for: Self.name, random: sample.random)

    try sample.rotate(to: "m2")
    let second = try await sample.open()
    // Both are at work: an owner comes, another goes.
    async let wrapped = second.wrapAnew()
    _ = try await sample.makeKey(of: "mem_400", in: second)
    try await second.destroyKeys(of: ["mem_399"])
    #expect((299...300).contains(try await wrapped))
    #expect(try await sample.database.read { try VaultStore.masterKeyIDs(in: $0) } == ["m2"])
    #expect(try await second.wrapAnew() == 0)

    try sample.rotate(to: "m2", removing: ["m1"])
    let third = try await sample.open(mustExist: true)
    #expect(third.keyedHash("phone")("+1") == hash)
    #expect(try await third.key(of: "mem_200")?.open(sealed, of: Self.name) == Data([9]))
    #expect(try await third.withKeys(of: (100...400).map { "mem_\($0)" }) { $0.count } == 300)
    #expect(try await third.key(of: "mem_399") == nil)
  }

  @Test func `a retired key that still wraps something is missed, and putting it back heals`() async throws {
    let sample = try Sample()
    _ = try await sample.makeKey(of: "mem_1", in: try await sample.open())
    let old = try Data(contentsOf: URL(fileURLWithPath: sample.ringPath))
    try sample.rotate(to: "m2", removing: ["m1"])
    let error = await #expect(throws: ConfigError.self) { try await sample.open() }
    #expect(error?.problem.contains("lacks the key m1, which still wraps others") == true)
    try sample.writeRing(String(decoding: old, as: UTF8.self))
    #expect(try await sample.open().key(of: "mem_1") != nil)
  }

  @Test func `a rotation that was cut off between two batches is finished by the next`() async throws {
    let sample = try Sample()
    let first = try await sample.open()
    for number in 100..<110 { _ = try await sample.makeKey(of: "mem_\(number)", in: first) }
    try sample.rotate(to: "m2")
    let second = try await sample.open()
    let row = try #require(try await sample.database.read { try VaultStore.key(of: "mem_105", in: $0) })
    let key = try #require(try await second.key(of: "mem_105"))
    let wrapped = try MasterKeys(contentsOf: sample.ringPath, key: "vault-keys-file").wrap(
      key.secret, name: "mem_105", random: sample.random)
    try await sample.database.write { try VaultStore.replace(row, with: wrapped, in: $0) }
    let third = try await sample.open()
    #expect(try await third.wrapAnew() == 9)
    #expect(try await third.withKeys(of: (100..<110).map { "mem_\($0)" }) { $0.count } == 10)
  }
}

extension Vault {
  fileprivate func sweep(ownersWithRow: ([String]) async throws -> Set<String>) async throws -> Int {
    try await sweep(at: Date(timeIntervalSince1970: 1_800_000_000), ownersWithRow: ownersWithRow, retire: ownersWithRow)
  }
}
