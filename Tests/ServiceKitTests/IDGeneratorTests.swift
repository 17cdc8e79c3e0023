import Foundation
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct IDGeneratorTests {
  @Test func anIDIsItsPrefixAndTwentySixCharactersThatSurviveBeingReadAloud() {
    let id = TimeOrderedIDs().next("mem")
    #expect(id.wholeMatch(of: /mem_[0-9a-hjkmnp-tv-z]{26}/) != nil, "\(id)")
  }

  @Test func laterIDsCompareGreaterBytewise() {
    let clock = ManualClock()
    let ids = TimeOrderedIDs(clock: clock)
    var previous = ""
    for _ in 0..<1_000 {
      let id = ids.next("mem")
      #expect(Array(previous.utf8).lexicographicallyPrecedes(Array(id.utf8)))
      previous = id
      clock.advance(by: .milliseconds(1))
    }
  }

  @Test func idsOfOneMillisecondDiffer() {
    let ids = TimeOrderedIDs(clock: ManualClock())
    #expect(Set((0..<10_000).map { _ in ids.next("x") }).count == 10_000)
  }

  @Test func timeAndRandomBitsStandWhereTheyShould() {
    struct Zeros: RandomSource { func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) } }
    struct Ones: RandomSource { func bytes(_ count: Int) -> [UInt8] { Array(repeating: 255, count: count) } }
    let epoch = ManualClock(Date(microsecondsSince1970: 0))
    #expect(TimeOrderedIDs(clock: epoch, random: Zeros()).next("a") == "a_" + String(repeating: "0", count: 26))
    #expect(
      TimeOrderedIDs(clock: epoch, random: Ones()).next("a") == "a_" + String(repeating: "0", count: 10) + String(repeating: "z", count: 16)
    )
    let second = ManualClock(Date(microsecondsSince1970: 1_000_999))
    #expect(TimeOrderedIDs(clock: second, random: Zeros()).next("a") == "a_00000000z8" + String(repeating: "0", count: 16))
  }

  @Test(arguments: [0, 1, -1, 999_999, 1_772_443_800_000_001, 4_102_444_800_123_457, -62_135_596_800_000_000])
  func aTimeInMicrosecondsComesBackToTheMicrosecond(microseconds: Int64) {
    #expect(Date(microsecondsSince1970: microseconds).microsecondsSince1970 == microseconds)
  }
}
