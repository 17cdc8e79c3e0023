import Foundation
import Testing

@testable import ServiceKit

@Suite struct FaultPointsTests {
  @Test func anUnarmedOrUnreachedPointDoesNothing() throws {
    FaultPoints.none.reach("a")
    let faults = try FaultPoints("a:3", known: ["a", "b"])
    faults.reach("b")
    faults.reach("a")
    faults.reach("a")
    // Still alive after two of three.
  }

  @Test func theNthReachKillsTheProcessOutright() async throws {
    let result = await #expect(processExitsWith: .signal(SIGKILL)) {
      let faults = try FaultPoints("a:2", known: ["a"])
      faults.reach("a")
      faults.reach("a")
    }
    #expect(result != nil)
  }
}
