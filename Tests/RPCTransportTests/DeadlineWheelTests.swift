import NIOCore
import NIOEmbedded
import Testing

@testable import RPCTransport

/// Deadlines of calls: up to one tick of 4 ms late, never early, each told once.
@Suite(.timeLimit(.minutes(5))) struct DeadlineWheelTests {
  private final class Call: DeadlineObserver {
    var told = 0
    func deadlinePassed() { told += 1 }
  }

  @Test(arguments: [0, 1, 3, 4, 5, 50, 4095, 4096, 4097, 10_000, 60_000]) func aDeadlineIsToldOnceAndNotEarly(_ milliseconds: Int64) {
    let loop = EmbeddedEventLoop()
    loop.advanceTime(by: .seconds(100))
    let wheel = DeadlineWheel(loop: loop)
    let call = Call()
    let entry = wheel.watch(call, after: .milliseconds(milliseconds))
    if milliseconds > 0 { loop.advanceTime(by: .milliseconds(milliseconds) - .nanoseconds(1)) }
    #expect(call.told == 0)
    loop.advanceTime(by: .milliseconds(9))
    #expect(call.told == 1)
    loop.advanceTime(by: .seconds(10))
    #expect(call.told == 1)
    wheel.cancel(entry)
  }

  @Test func aCancelledDeadlineIsNotTold() {
    let loop = EmbeddedEventLoop()
    let wheel = DeadlineWheel(loop: loop)
    let calls = (0..<10).map { _ in Call() }
    let entries = calls.map { wheel.watch($0, after: .milliseconds(20)) }
    for index in stride(from: 0, to: 10, by: 2) { wheel.cancel(entries[index]) }
    loop.advanceTime(by: .milliseconds(40))
    #expect(calls.map(\.told) == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    for entry in entries { wheel.cancel(entry) }
  }

  @Test func aHundredThousandYearsAreNoOverflow() {
    let loop = EmbeddedEventLoop()
    let wheel = DeadlineWheel(loop: loop)
    let call = Call()
    let entry = wheel.watch(call, after: .seconds(Int64.max))
    loop.advanceTime(by: .seconds(60))
    #expect(call.told == 0)
    wheel.cancel(entry)
  }

  @Test func deadlinesOfOneSlotKeepTheirRounds() {
    let loop = EmbeddedEventLoop()
    let wheel = DeadlineWheel(loop: loop)
    let calls = (0..<4).map { _ in Call() }
    // One round of the wheel is 1,024 ticks of 4 ms.
    let entries = calls.enumerated().map { wheel.watch($1, after: .milliseconds(100 + Int64($0) * 4096)) }
    for round in 0..<4 {
      loop.advanceTime(by: .milliseconds(round == 0 ? 110 : 4096))
      #expect(calls.map(\.told) == (0..<4).map { $0 <= round ? 1 : 0 })
    }
    for entry in entries { wheel.cancel(entry) }
  }
}

@Suite(.timeLimit(.minutes(5))) struct CertificateNameTests {
  @Test(arguments: [
    ("till.shop.test", "till.shop.test", true),
    ("TILL.shop.test", "till.Shop.test.", true),
    ("till.shop.test", "*.shop.test", true),
    ("shop.test", "*.shop.test", false),
    ("a.b.shop.test", "*.shop.test", false),
    ("shop.test", "*.test", false),
    ("test", "*", false),
    ("", "", false),
    (".shop.test", "*.shop.test", false),
    ("till.shop.test", "t*.shop.test", false),
    ("till.shop.test", "shop.test", false),
  ])
  func aPatternCoversAName(_ host: String, _ pattern: String, _ isCovered: Bool) {
    #expect(CertificateName.matches(host, pattern: pattern) == isCovered)
  }
}
