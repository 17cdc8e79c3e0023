import Foundation
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct KeyRingTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/keys/ring.json" }

  init() throws { folder = try TemporaryFolder("keyring") }

  private func write(_ json: String, mode: Int = 0o600) throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/keys", withIntermediateDirectories: true)
    try Data(json.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func key(_ id: String, bytes: Int = 32) -> String {
    "{\"id\":\"\(id)\",\"secret\":\"\(Data(repeating: 7, count: bytes).base64EncodedString())\"}"
  }

  @Test func aRingThatIsMissingIsMadeForItsOwnerOnlyAndReadBackAlike() throws {
    let made = try KeyRing.loadOrCreate(path)
    let mode = try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)
    #expect(mode.intValue == 0o600)
    let read = try KeyRing.loadOrCreate(path)
    let (keyID, signature) = made.sign([1, 2, 3])
    #expect(read.verify([1, 2, 3], keyID: keyID, signature: signature))
  }

  @Test func ofManyProcessesThatMakeItAtOnceAllHaveTheSameRing() async throws {
    let path = path
    let rings = try await withThrowingTaskGroup(of: KeyRing.self) { group in
      for _ in 0..<16 { group.addTask { try KeyRing.loadOrCreate(path) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let signatures = Set(rings.map { $0.sign([9]).signature })
    #expect(signatures.count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/keys") == ["ring.json"])
  }

  @Test func anOlderKeyIsStillBelievedAndANewerOneSigns() throws {
    try write("{\"active\":\"k1\",\"keys\":[\(key("k1"))]}")
    let (oldID, oldSignature) = try KeyRing(contentsOf: path).sign([5])
    try write(
      "{\"active\":\"k2\",\"keys\":[\(key("k1")),{\"id\":\"k2\",\"secret\":\"\(Data(repeating: 8, count: 40).base64EncodedString())\"}]}")
    let rotated = try KeyRing(contentsOf: path)
    #expect(rotated.verify([5], keyID: oldID, signature: oldSignature))
    #expect(rotated.sign([5]).keyID == "k2")
    #expect(!rotated.verify([5], keyID: "k2", signature: oldSignature))
    #expect(!rotated.verify([5], keyID: "k3", signature: oldSignature))
  }

  @Test func aRingThatOthersMayReadIsRefused() throws {
    for mode in [0o640, 0o604, 0o644, 0o660] {
      try write("{\"active\":\"k1\",\"keys\":[\(key("k1"))]}", mode: mode)
      let error = #expect(throws: ConfigError.self) { try KeyRing(contentsOf: path) }
      #expect(error?.problem.contains("chmod 600") == true)
    }
  }

  @Test func aRingThatCannotBeTrustedIsRefused() throws {
    let wrong = [
      "", "{}", "{\"active\":\"k1\",\"keys\":[]}", "{\"active\":\"k2\",\"keys\":[\(key("k1"))]}",
      "{\"active\":\"k1\",\"keys\":[\(key("k1", bytes: 31))]}", "{\"active\":\"k1\",\"keys\":[\(key("k1")),\(key("k1"))]}",
      "{\"active\":\"k1\",\"keys\":[{\"id\":\"k1\",\"secret\":\"not base64!\"}]}",
    ]
    for json in wrong {
      try write(json)
      let error = #expect(throws: ConfigError.self, "\(json)") { try KeyRing(contentsOf: path) }
      #expect(error?.description.contains(Data(repeating: 7, count: 31).base64EncodedString()) == false)
    }
    #expect(throws: ConfigError.self) { try KeyRing(contentsOf: path + "x") }
  }
}
