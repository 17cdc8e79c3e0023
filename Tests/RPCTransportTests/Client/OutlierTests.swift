import NIOCore
import RPC
import Testing

@testable import RPCTransport

/// Addresses that fail more than they may.
@Suite(.timeLimit(.minutes(5))) struct OutlierTests {
  private typealias Host = OutlierDetector.Host

  private func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(1000 + seconds) * 1_000_000_000) }

  private func detector(_ change: (inout OutlierDetection) -> Void) throws -> OutlierDetector {
    var configuration = OutlierDetection()
    change(&configuration)
    return try #require(OutlierDetector(configuration))
  }

  private func hosts(_ calls: [(successes: Int, failures: Int)]) -> [Host] {
    calls.map { calls in
      var host = Host()
      (host.successes, host.failures) = calls
      return host
    }
  }

  @Test func withoutACriterionNothingIsDetected() {
    #expect(OutlierDetector(OutlierDetection()) == nil)
    #expect(OutlierDetector(nil) == nil)
  }

  @Test(
    arguments: [
      // Five with enough calls; one fails more than 85 of 100.
      ([(50, 0), (50, 0), (50, 0), (50, 0), (7, 43)], [4]),
      // 85 of 100 is not more.
      ([(100, 0), (100, 0), (100, 0), (100, 0), (15, 85)], []),
      // Not enough calls to judge it, and then too few addresses to judge any.
      ([(50, 0), (50, 0), (50, 0), (50, 0), (0, 49)], []),
      // A tenth of five addresses is less than one, but one may go.
      ([(50, 0), (50, 0), (50, 0), (0, 50), (0, 50)], [3]),
    ] as [([(Int, Int)], [Int])])
  func anAddressIsEjectedByItsShareOfFailures(calls: [(Int, Int)], ejected: [Int]) throws {
    let detector = try detector { $0.failurePercentageEjection = OutlierDetection.FailurePercentageEjection() }
    var hosts = hosts(calls)
    detector.sweep(&hosts, now: time(0)) { 0 }
    #expect(hosts.indices.filter { hosts[$0].isEjected } == ejected)
    #expect(hosts.allSatisfy { $0.successes == 0 && $0.failures == 0 })
  }

  @Test(
    arguments: [
      ([(100, 0), (100, 0), (100, 0), (100, 0), (50, 50)], [4]),
      // All are alike, however bad.
      ([(10, 90), (10, 90), (10, 90), (10, 90), (10, 90)], []),
      ([(100, 0), (100, 0), (100, 0), (100, 0), (0, 99)], []),
    ] as [([(Int, Int)], [Int])])
  func anAddressIsEjectedByItsDistanceFromTheMean(calls: [(Int, Int)], ejected: [Int]) throws {
    let detector = try detector { $0.successRateEjection = OutlierDetection.SuccessRateEjection() }
    var hosts = hosts(calls)
    detector.sweep(&hosts, now: time(0)) { 0 }
    #expect(hosts.indices.filter { hosts[$0].isEjected } == ejected)
  }

  @Test(arguments: [(29, true), (30, false)]) func enforcementIsAMatterOfLuck(drawn: Int, isEjected: Bool) throws {
    let detector = try detector {
      var ejection = OutlierDetection.FailurePercentageEjection()
      ejection.enforcementPercentage = 30
      ejection.minimumHosts = 1
      $0.failurePercentageEjection = ejection
    }
    var hosts = hosts([(0, 50)])
    detector.sweep(&hosts, now: time(0)) { drawn }
    #expect(hosts[0].isEjected == isEjected)
  }

  @Test func noMoreThanThePercentageIsEjected() throws {
    let detector = try detector {
      $0.maxEjectionPercent = 50
      var ejection = OutlierDetection.FailurePercentageEjection()
      ejection.minimumHosts = 1
      $0.failurePercentageEjection = ejection
    }
    var hosts = hosts([(0, 50), (0, 50), (0, 50), (0, 50)])
    detector.sweep(&hosts, now: time(0)) { 0 }
    #expect(hosts.map(\.isEjected) == [true, true, false, false])
  }

  /// 30 s the first time, 60 s the second; each quiet sweep forgets one time.
  @Test func anAddressComesBackLaterEachTime() throws {
    let detector = try detector {
      var ejection = OutlierDetection.FailurePercentageEjection()
      ejection.minimumHosts = 1
      $0.failurePercentageEjection = ejection
    }
    var hosts = hosts([(0, 50)])
    func sweep(_ seconds: Int64) -> Bool {
      detector.sweep(&hosts, now: time(seconds)) { 0 }
      return hosts[0].isEjected
    }
    #expect(sweep(0))
    #expect(sweep(30))
    #expect(!sweep(31))
    hosts[0].failures = 50
    #expect(sweep(40))
    #expect(sweep(100))
    #expect(!sweep(101))
    #expect(hosts[0].multiplier == 2)
    _ = sweep(111)
    _ = sweep(121)
    #expect(hosts[0].multiplier == 0)
  }

  @Test func callsKeepAwayFromAServerThatFails() async throws {
    let config = """
      {"loadBalancingConfig": [{"outlier_detection_experimental": {
        "interval": "0.02s", "baseEjectionTime": "3600s", "maxEjectionTime": "3600s", "maxEjectionPercent": 50,
        "failurePercentageEjection": {"threshold": 50, "minimumHosts": 1, "requestVolume": 1}, "childPolicy": [{"round_robin": {}}]}}]}
      """
    try await Replicas.with(2, config: config) { replicas in
      replicas.services[1].isBroken.store(true, ordering: .relaxed)
      var answersInARow = 0
      while answersInARow < 50 {
        let isAnswered = await failure(of: { try await replicas.ask() }) == nil
        answersInARow = isAnswered ? answersInARow + 1 : 0
      }
      // Its connection stays, for the day that it comes back.
      #expect(replicas.services[1].asked.seen > 0)
    }
  }
}
