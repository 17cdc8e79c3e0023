import Foundation
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct ErasureLogTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/logs/erasures.log" }
  private var log: ErasureLog { ErasureLog(path: path, key: "erasure-log-file") }

  init() throws { folder = try TemporaryFolder("erasures") }

  private func append(_ text: String) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  @Test func `entries come back in the order of writing, from a file for its owner only`() async throws {
    #expect(try await log.entries().isEmpty)
    let entries = (1...5).map { ErasureLog.Entry(ownerID: "mem_\($0)", time: Int64($0)) }
    try await log.add([entries[0]])
    try await log.add(Array(entries[1...]))
    #expect(try await log.entries() == entries)
    let mode = try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)
    #expect(mode.intValue == 0o600)
  }

  @Test func `a line that a crash cut short does not count and does not spoil the next`() async throws {
    let first = ErasureLog.Entry(ownerID: "mem_1", time: 1)
    let second = ErasureLog.Entry(ownerID: "mem_2", time: 2)
    try await log.add([first])
    try append(#"{"owner_id":"mem_3","ti"#)
    #expect(try await log.entries() == [first])
    try await log.add([second])
    #expect(try await log.entries() == [first, second])
  }

  @Test func `a damaged line stops the start`() async throws {
    try await log.add([ErasureLog.Entry(ownerID: "mem_1", time: 1)])
    try append("rubbish\n")
    try await log.add([ErasureLog.Entry(ownerID: "mem_2", time: 2)])
    let error = await #expect(throws: ConfigError.self) { try await log.entries() }
    #expect(error?.key == "erasure-log-file")
    #expect(error?.problem.contains("line 2") == true)
  }

  @Test func `a log that others may read is refused`() async throws {
    try await log.add([ErasureLog.Entry(ownerID: "mem_1", time: 1)])
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    await #expect(throws: ConfigError.self) { try await log.entries() }
  }

  @Test func `many who write at once lose no line`() async throws {
    let log = log
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 { group.addTask { try await log.add([ErasureLog.Entry(ownerID: "mem_\(number)", time: 0)]) } }
      try await group.waitForAll()
    }
    #expect(Set(try await log.entries().map(\.ownerID)).count == 200)
  }
}
