import Foundation
import ServiceKit
import Testing

@testable import Loyalty

@Suite struct DrawLotsTests {
  /// Blocks that are these numbers, one after the other.
  private static func winners(of prizes: Int64, among tickets: Int64, _ numbers: [UInt64]) -> [Int64] {
    DrawLots.winners(of: prizes, among: tickets) { counter in
      (0..<8).map { UInt8(truncatingIfNeeded: numbers[Int(counter)] >> (56 - 8 * $0)) }
    }
  }

  @Test("Each place takes one of the tickets that have not won")
  func places() {
    #expect(Self.winners(of: 3, among: 3, [100, 100, 100]) == [2, 1, 3])
    #expect(Self.winners(of: 5, among: 2, [100, 100]) == [1, 2])
    #expect(Self.winners(of: 5, among: 0, []).isEmpty)
    #expect(Self.winners(of: 2, among: 4, [103, 104]) == [4, 1])
  }

  @Test("What would make one remainder likelier than another is passed over")
  func noBias() {
    // 2^64 is 1 modulo 3 and modulo 5.
    #expect(Self.winners(of: 1, among: 3, [0, 1]) == [2])
    #expect(Self.winners(of: 1, among: 5, [0, 0, 4]) == [5])
    // It is 0 modulo a power of two: nothing is passed over.
    #expect(Self.winners(of: 1, among: 4, [0]) == [1])
  }

  @Test("Over many seeds each ticket wins as often as any other")
  func uniform() {
    var wins = [Int64: Int](minimumCapacity: 5)
    for seed in 0..<5_000 {
      let key = Array("\(seed)".utf8)
      for winner in DrawLots.winners(of: 2, among: 5, block: { Digests.hmac(Array("\($0)".utf8), key: key) }) {
        wins[winner, default: 0] += 1
      }
    }
    // 2,000 each, with a deviation of 35.
    for ticket in Int64(1)...5 { #expect((1_800...2_200).contains(wins[ticket] ?? 0), "\(ticket): \(wins[ticket] ?? 0)") }
  }

  @Test("The Python of the README comes to the same winners")
  func python() throws {
    let draw = PrizeDraw(
      code: "new-year", name: "", ticketPoints: 10, memberTickets: 0, opensAt: .distantPast, closesAt: .distantFuture, tierCodes: [],
      prizes: [PrizeDraw.Prize(name: "", rewardCode: "", points: 0, stock: 4)], seed: Array(repeating: 7, count: 32), seedDigest: [],
      state: .drawn, tickets: 1_000, chain: Array(repeating: 0xAB, count: 32), publishedAt: .distantPast, reason: "")
    let winners = DrawLots.winners(of: draw.prizeStock, among: draw.tickets) {
      Digests.hmac(DrawLots.message(of: draw, $0), key: draw.seed)
    }
    #expect(winners == Self.byPython)
  }

  /// As the README's lines print it: `winners(bytes([7] * 32), "new-year", 1000, "ab" * 32, 4)`.
  private static let byPython: [Int64] = [134, 471, 352, 481]
}
