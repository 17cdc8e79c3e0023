import RPC
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct TraceContextTests {
  private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func aTraceIsPassedOnAsItCame() throws {
    let trace = try #require(TraceContext(traceparent: Self.valid))
    #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    var metadata = Metadata()
    trace.inject(into: &metadata)
    #expect(metadata["traceparent"] == Self.valid)
  }

  @Test func aLaterVersionMayHaveMoreFieldsAndIsReadAlike() {
    #expect(TraceContext(traceparent: "01" + Self.valid.dropFirst(2) + "-more")?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(TraceContext(traceparent: Self.valid + "-more") == nil)
  }

  @Test(arguments: [
    "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1g",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
  ])
  func aMalformedTraceIsNone(text: String) {
    #expect(TraceContext(traceparent: text) == nil)
  }

  @Test func aRequestWithoutATraceBeginsOneOfTheRightForm() throws {
    let trace = TraceContext(random: SeededRandomSource())
    #expect(TraceContext(traceparent: trace.traceparent) == trace)
  }
}
