import CSQLite
import Campaign
import Foundation
import Inventory
import Loyalty
import RPC
import ServiceKit
import Testing

/// Each released schema's populated database is brought to this binary's schema, and verified. The databases are SQL text in `Fixtures`, one a
/// service and schema version, written by scripts/write-upgrade-fixtures.sh when a version is released and never changed afterwards. Identity's
/// are not among them, since they open with their keys only: SealingUpgradeTests populates each of its versions.
@Suite(.serialized) struct UpgradeTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  private static let newest: [(service: ServiceCluster.Name, version: Int)] = [
    (.loyalty, LoyaltyApp.migrations.count), (.campaign, CampaignApp.migrations.count), (.inventory, InventoryApp.migrations.count),
  ]

  private static func name(_ service: ServiceCluster.Name, _ version: Int) -> String {
    "\(service.rawValue)-\(String(repeating: "0", count: max(0, 3 - "\(version)".count)))\(version).sql"
  }

  private static func versions(of service: ServiceCluster.Name) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: fixtures.path)) ?? []
    return names.filter { $0.hasPrefix(service.rawValue + "-") }.compactMap { Int($0.dropFirst(service.rawValue.count + 1).dropLast(4)) }
      .sorted()
  }

  @Test(arguments: newest) func `each service has databases of released schemas, from the first on`(
    service: ServiceCluster.Name, newest: Int
  ) {
    let versions = Self.versions(of: service)
    #expect(versions.first == 1)
    #expect(versions.allSatisfy { (1...newest).contains($0) }, "\(versions)")
  }

  @Test(arguments: newest.flatMap { newest in versions(of: newest.service).map { (newest.service, $0) } })
  func `a populated database of a released schema is migrated and verified`(service: ServiceCluster.Name, version: Int) async throws {
    let sql = try String(contentsOf: Self.fixtures.appendingPathComponent(Self.name(service, version)), encoding: .utf8)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-upgrade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("\(service.rawValue).sqlite").path
    var database: OpaquePointer?
    #expect(sqlite3_open(path, &database) == SQLITE_OK)
    #expect(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK, "\(String(cString: sqlite3_errmsg(database)))")
    sqlite3_close(database)
    for command in [["migrate", "--dry-run"], ["migrate"], ["verify"]] {
      let result = try await ServiceCluster.run(service.rawValue, command + ["--database", path])
      #expect(result.status == 0, "\(command): \(result.output)")
    }
  }

  private static let folderToWrite = ProcessInfo.processInfo.environment["PATRON_WRITE_FIXTURES"]

  /// What scripts/write-upgrade-fixtures.sh runs: a small shop's sales, abandoned checkouts and returns, through the gateway.
  @Test(.enabled(if: folderToWrite != nil)) func `a populated database of each service is written as a fixture`() async throws {
    let folder = try #require(Self.folderToWrite)
    let cluster = try ServiceCluster()
    try await cluster.start()
    let channel = try SystemChannel.open(await cluster.addresses[.gateway]!.rpc)
    var metadata = Metadata()
    metadata.set("authorization", "Bearer \(try await cluster.bootstrapKey())")
    let shop = try await SystemShop.open(channel: channel, metadata: metadata, mark: "fixture")
    var random = SplitMix64(seed: 1)
    for sale in 0..<16 {
      _ = try await SystemTill(number: sale % 4, shop: shop, channel: channel, metadata: metadata).play(
        "sale-\(sale)", sale: sale, random: &random)
    }
    await channel.close()
    for name in ServiceCluster.Name.allCases.reversed() { await cluster.stop(name) }
    for (service, version) in Self.newest {
      let dump = Process()
      dump.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
      dump.arguments = [cluster.folder.appendingPathComponent("\(service.rawValue).sqlite").path, ".dump"]
      let file = URL(fileURLWithPath: folder).appendingPathComponent(Self.name(service, version))
      _ = FileManager.default.createFile(atPath: file.path, contents: nil)
      dump.standardOutput = try FileHandle(forWritingTo: file)
      try dump.run()
      dump.waitUntilExit()
      #expect(dump.terminationStatus == 0)
    }
    await cluster.stopAll()
  }
}
