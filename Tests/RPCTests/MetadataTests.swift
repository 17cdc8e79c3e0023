import RPC
import Testing

@Suite struct MetadataTests {
  @Test func repeatedNamesKeepTheirOrder() {
    var metadata: Metadata = ["a": "1", "b": "2"]
    metadata.append("A", "3")
    #expect(metadata.values("a") == ["1", "3"])
    #expect(metadata["a"] == "1")
    #expect(metadata["c"] == nil)
    #expect(metadata.map(\.name) == ["a", "b", "a"])
  }

  @Test func settingReplacesAndRemovingForgets() {
    var metadata: Metadata = ["a": "1", "b": "2", "a": "3"]
    metadata.set("a", "4")
    #expect(metadata.values("a") == ["4"])
    metadata.remove("b")
    #expect(metadata.count == 1)
  }

  @Test func binaryValuesComeBackAsTheyWere() {
    var metadata = Metadata()
    for length in 0...20 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + 251) }
      metadata.set("key-bin", binary: bytes)
      #expect(metadata.binary("key-bin") == bytes)
    }
  }

  @Test func binaryValuesMayBeJoinedByCommasAndPadded() {
    let metadata: Metadata = ["key-bin": "AQ==,Ag", "key-bin": "AwQ="]
    #expect(metadata.binaryValues("key-bin") == [[1], [2], [3, 4]])
  }

  @Test(arguments: ["new\nline", "t\tab", "ü", "\u{0}"]) func aValueOutsidePrintableASCIIIsNotTaken(_ value: String) {
    var metadata = Metadata()
    #expect(metadata.append("a", value) == false)
    #expect(metadata.isEmpty)
  }

  @Test func itsDescriptionTellsNoValues() {
    let metadata: Metadata = ["authorization": "secret"]
    #expect("\(metadata)" == "[authorization]")
  }
}

@Suite struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
  ])
  func theVectorsOfRFC4648(_ plain: String, _ encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == Array(encoded.utf8))
    #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
    let padding = String(repeating: "=", count: (4 - encoded.count % 4) % 4)
    #expect(Base64.decode(Array((encoded + padding).utf8)) == Array(plain.utf8))
  }

  @Test(arguments: ["A", "Zg=", "Zg===", "Z=g=", "Zh", "Zm9v=", "Zm 9", "Zm-_"]) func whatIsNoBase64IsRefused(_ text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }
}

@Suite struct TimeoutTests {
  private func parse(_ text: String) -> Duration? { Array(text.utf8).withUnsafeBufferPointer { Timeout.parse($0) } }

  @Test(arguments: [
    ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)), ("4m", .milliseconds(4)), ("5u", .microseconds(5)),
    ("6n", .nanoseconds(6)), ("0S", .zero), ("99999999H", .seconds(359_999_996_400)),
  ])
  func everyUnitIsRead(_ text: String, _ duration: Duration) {
    #expect(parse(text) == duration)
  }

  @Test(arguments: ["", "S", "1", "1s", "1 S", "-1S", "1.5S", "123456789S", "１S"]) func whatIsMalformedIsRefused(_ text: String) {
    #expect(parse(text) == nil)
  }

  @Test(arguments: [
    (Duration.nanoseconds(1), "1n"), (.zero, "1n"), (.milliseconds(1), "1000000n"), (.seconds(1), "1000000u"), (.seconds(100), "100000m"),
    (.seconds(360_000), "360000S"), (.seconds(3600 * 100_000), "6000000M"), (.seconds(3600 * 5_000_000), "5000000H"),
    (.seconds(Int64.max / 2), "99999999H"),
  ])
  func theFinestUnitThatFitsIsWritten(_ duration: Duration, _ text: String) {
    #expect(Timeout.format(duration) == text)
  }

  @Test func aWrittenTimeoutIsNeverShorter() {
    for nanoseconds: Int64 in [1, 999, 99_999_999, 100_000_001, 99_999_999_001, 12_345_678_901_234, 9_007_199_254_740_993] {
      let duration = Duration.nanoseconds(nanoseconds)
      let text = Timeout.format(duration)
      #expect(parse(text)! >= duration)
      #expect(text.utf8.count <= 9)
    }
  }
}

@Suite struct PercentEncodingTests {
  @Test(arguments: ["", "plain", "100 %", "line\nbreak", "积分不足", "“quotes”", "\u{0}\u{7f}"]) func whatIsEncodedComesBack(_ message: String)
  {
    let encoded = PercentEncoding.encode(message)
    #expect(encoded.allSatisfy { $0 >= 0x20 && $0 <= 0x7e })
    #expect(PercentEncoding.decode(encoded) == message)
  }

  @Test(arguments: [("50%", "50%"), ("%zz", "%zz"), ("%4", "%4"), ("%e7%a7%af", "积"), ("%ff", "\u{fffd}")])
  func aBrokenSequencePassesThrough(_ text: String, _ message: String) {
    #expect(PercentEncoding.decode(Array(text.utf8)) == message)
  }
}
