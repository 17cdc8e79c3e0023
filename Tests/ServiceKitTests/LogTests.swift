import Foundation
import Logging
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct LogTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private func lines(_ format: CommonConfig.LogFormat, _ log: (inout Logger) -> Void) -> [String] {
    let lines = Lines()
    var logger = Logger(label: "loyalty") { label in
      LineLogHandler(
        label: label, level: .info, format: format, now: { Date(microsecondsSince1970: 1_772_443_800_123_456) }
      ) { line in lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }
    log(&logger)
    return lines.all.withLock(\.self)
  }

  @Test func aTextLineIsTimeLevelServiceMessageAndSortedFields() {
    let written = lines(.text) { logger in
      logger[metadataKey: "log_id"] = "log_1"
      logger.info("call", metadata: ["method": "/a/B", "code": "OK", "note": "two words"])
    }
    #expect(written == ["2026-03-02T09:30:00.123Z INFO loyalty: call code=OK log_id=log_1 method=/a/B note=\"two words\""])
  }

  @Test func aJSONLineIsAnObjectThatParses() throws {
    let written = lines(.json) { $0.warning("a \"b\"\n\u{1}", metadata: ["k": "v\\"]) }
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(written[0].utf8)) as? [String: String])
    #expect(
      object == [
        "time": "2026-03-02T09:30:00.123Z", "level": "warning", "service": "loyalty", "message": "a \"b\"\n\u{1}", "k": "v\\",
      ])
  }

  @Test func noValueCanEndALineOrForgeAField() {
    let forged = "x\n2026 INFO loyalty: forged code=OK"
    for format in CommonConfig.LogFormat.allCases {
      let written = lines(format) { $0.info("\(forged)", metadata: ["a": "\(forged)", "b": "1 c=2"]) }
      #expect(written.count == 1)
      #expect(!written[0].contains("\n"))
    }
    #expect(lines(.text) { $0.info("m", metadata: ["b": "1 c=2"]) }[0].hasSuffix("b=\"1 c=2\""))
  }

  @Test func aLevelThatIsOffIsNotWritten() {
    #expect(lines(.text) { $0.debug("hidden") }.isEmpty)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (951_782_399_999_999, "2000-02-28T23:59:59.999Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (1_709_251_200_000_000, "2024-03-01T00:00:00.000Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"), (1_798_761_599_000_000, "2026-12-31T23:59:59.000Z"),
    ] as [(Int64, String)])
  func aTimeIsWrittenInUTC(microseconds: Int64, expected: String) {
    #expect(LogTime.print(Date(microsecondsSince1970: microseconds)) == expected)
  }

  @Test func everyLineReachesTheDescriptorInOrderAndWhole() throws {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    let expected = (0..<500).map { "line \($0)" }
    for line in expected { sink.write(Array(line.utf8)) }
    sink.flush()
    try pipe.fileHandleForWriting.close()
    let read = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    #expect(read.split(separator: "\n").map(String.init) == expected)
  }

  @Test func aReaderThatDoesNotReadCostsLinesAndIsToldHowMany() async throws {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1_024)
    // More than the pipe and the sink hold together; no write waits.
    for _ in 0..<64 { sink.write(line) }
    async let flushed: Void = Task.detached {
      sink.flush(); try? pipe.fileHandleForWriting.close()
    }.value
    let read = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    await flushed
    // How often the queue drained meanwhile is the machine's affair: each time says what it left out.
    let notices = read.matches(of: /dropped (\d+) log lines/)
    #expect(!notices.isEmpty)
    #expect(read.split(separator: "\n").count - notices.count + notices.compactMap { Int($0.1) }.reduce(0, +) == 64)
  }
}
