import Database
import Foundation
import Inventory
import PatronAPI
import RPC
import RPCTransport
import Testing

/// `patron backup` and `patron restore`: what one operator does to all services at once.
@Suite(.serialized) struct BackupTests {
  private static let services = ServiceCluster.Name.allCases.filter { $0 != .gateway }
  private static let orders = SQL("test.orders", "SELECT count(*) FROM orders")

  private func orders(of cluster: ServiceCluster) async throws -> Int {
    let path = cluster.folder.appendingPathComponent("inventory.sqlite").path
    let database = try Database.openExisting(DatabaseConfiguration(path: path), migrations: InventoryApp.migrations)
    let count = try await database.read { try $0.first(Self.orders) { $0.int(0) } }
    await database.close()
    return count ?? 0
  }

  private func restore(_ cluster: ServiceCluster, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    try await ServiceCluster.run("patron", ["restore", "--data", cluster.folder.path] + arguments)
  }

  private func expectNoDifferences(_ cluster: ServiceCluster) async throws {
    for service in Self.services {
      let path = cluster.folder.appendingPathComponent("\(service.rawValue).sqlite").path
      let verify = try await ServiceCluster.run(service.rawValue, ["verify", "--database", path])
      #expect(verify.status == 0, "\(verify.output)")
    }
  }

  @Test func `every service comes back from its copy, and from its archive as it was at one moment`() async throws {
    let cluster = try ServiceCluster()
    let archive = cluster.folder.appendingPathComponent("archive").path
    let backup = cluster.folder.appendingPathComponent("backup").path
    try await cluster.start { $0 == .gateway ? [] : ["--wal-archive", "\(archive)/\($0.rawValue)"] }
    for service in Self.services {
      let base = "\(archive)/\(service.rawValue)/chain-000001/base-000001.json"
      while !FileManager.default.fileExists(atPath: base) { try await Task.sleep(for: .milliseconds(20)) }
    }
    let channel = try SystemChannel.open(await cluster.addresses[.gateway]!.rpc)
    var metadata = Metadata()
    metadata.set("authorization", "Bearer \(try await cluster.bootstrapKey())")
    let shop = try await SystemShop.open(channel: channel, metadata: metadata, mark: "backup")
    var random = SplitMix64(seed: 1)
    func sell(_ mark: String) async throws {
      let till = SystemTill(number: 0, shop: shop, channel: channel, metadata: metadata)
      _ = try await till.checkout(mark, shop.basket(till: 0, random: &random), payingPoints: 0)
    }
    try await sell("one")
    try await Task.sleep(for: .milliseconds(5))
    let moment = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    try await Task.sleep(for: .milliseconds(5))
    try await sell("two")
    let copied = try await ServiceCluster.run("patron", ["backup", "--data", cluster.folder.path, "--to", backup])
    #expect(copied.status == 0, "\(copied.output)")
    try await sell("three")
    await channel.close()
    for name in ServiceCluster.Name.allCases.reversed() { await cluster.stop(name) }
    #expect(try await orders(of: cluster) == 3)

    let kept = try await restore(cluster, ["--from", backup])
    #expect(kept.status == 1 && kept.output.contains("identity"), "\(kept.output)")
    let nowhere = try await restore(cluster, ["--from", backup, "--at", moment, "--replace"])
    #expect(nowhere.output.contains("there is no archive of identity"), "\(nowhere.output)")
    #expect(try await orders(of: cluster) == 3, "a refusal changes nothing")

    let asItWas = try await restore(cluster, ["--from", archive, "--at", moment, "--replace"])
    #expect(asItWas.status == 0, "\(asItWas.output)")
    #expect(try await orders(of: cluster) == 1)
    try await expectNoDifferences(cluster)

    let fromCopies = try await restore(cluster, ["--from", backup, "--replace"])
    #expect(fromCopies.status == 0, "\(fromCopies.output)")
    #expect(try await orders(of: cluster) == 2)
    try await expectNoDifferences(cluster)
    await cluster.stopAll()
  }
}
