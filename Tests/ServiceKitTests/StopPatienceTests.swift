import Testing
import UnixSignals

@testable import ServiceKit

@Suite struct StopPatienceTests {
  private static func answers(_ signals: (UnixSignal, milliseconds: Int)...) -> [StopPatience.Answer] {
    let start = ContinuousClock.now
    var patience = StopPatience()
    return signals.map { patience.answer(to: $0, at: start + .milliseconds($1)) }
  }

  @Test func anotherSignalRightAfterTheFirstIsTheSameRequest() {
    #expect(Self.answers((.sigint, 0), (.sigterm, 5), (.sigterm, 900)) == [.drain, .ignore, .ignore])
    #expect(Self.answers((.sigterm, 0), (.sigint, 999)) == [.drain, .ignore])
  }

  @Test func theSameSignalTwiceAndALaterOneEndEverythingAtOnce() {
    #expect(Self.answers((.sigint, 0), (.sigint, 100)) == [.drain, .endAtOnce])
    #expect(Self.answers((.sigint, 0), (.sigterm, 1_000)) == [.drain, .endAtOnce])
  }
}
