import Foundation
import Testing

@testable import Database

/// Misuse that would corrupt memory or commit outside a transaction ends the process instead.
@Suite struct ConfinementTests {
  /// Carries a value to where it must not be used.
  private final class Smuggler<Value>: @unchecked Sendable {
    var value: Value?
  }

  @Test func `a connection used off its thread traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let temporary = try TemporaryDatabase()
      let database = try temporary.open()
      _ = try await database.write { transaction in
        let smuggler = Smuggler<Transaction>()
        smuggler.value = transaction
        let other = DatabaseThread("other") { _ = try? smuggler.value?.exists(Counters.notes) }
        other.join()
      }
    }
    #expect(standardError(of: result).contains("was used off its thread"))
  }

  @Test func `a transaction used after its closure traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let temporary = try TemporaryDatabase()
      let database = try temporary.open()
      let smuggler = Smuggler<Transaction>()
      try await database.write { smuggler.value = $0 }
      _ = try await database.write { _ in try smuggler.value?.exists(Counters.notes) }
    }
    #expect(standardError(of: result).contains("a transaction was used after its closure"))
  }

  @Test func `a snapshot used after its closure traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let temporary = try TemporaryDatabase()
      let database = try temporary.open { $0.readerCount = 1 }
      let smuggler = Smuggler<Snapshot>()
      try await database.read { smuggler.value = $0 }
      _ = try await database.read { _ in try smuggler.value?.exists(Counters.notes) }
    }
    #expect(standardError(of: result).contains("a snapshot was used after its closure"))
  }

  @Test func `a row used after its closure traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let temporary = try TemporaryDatabase()
      let database = try temporary.open()
      try await database.write(Counters.addNote("text"))
      _ = try await database.read { snapshot in
        let rows = try snapshot.all(Counters.notes) { $0 }
        return rows[0].text(0)
      }
    }
    #expect(standardError(of: result).contains("a row is valid only inside the closure"))
  }

  /// What the child said: without it a child that failed for another reason would pass for one that trapped.
  private func standardError(of result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }
}
