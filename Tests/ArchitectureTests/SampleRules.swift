import Testing

/// The code that the documents show is code that is compiled.
@Suite struct SampleRules {
  @Test func `the consumer of a feed in CONTRIBUTING stands in the tests' own service`() throws {
    let text = try Repository.text(of: "CONTRIBUTING.md")
    let start = try #require(text.range(of: "```swift\n"))
    let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
    let sample = text[start.upperBound..<end.lowerBound]
    #expect(sample.contains("FeedConsumer("))
    #expect(try Repository.text(of: "Tests/Tally/TallyApp.swift").contains(sample))
  }
}
