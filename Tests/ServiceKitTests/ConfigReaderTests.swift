import Foundation
import Testing

@testable import ServiceKit

@Suite struct ConfigReaderTests {
  private func layers(file: [String: String] = [:], environment: [String: String] = [:], flags: [String: String] = [:]) -> ConfigReader {
    ConfigReader(service: "loyalty", layers: ConfigLayers(file: file, environment: environment, flags: flags))
  }

  @Test(
    arguments: [
      ("127.0.0.1:5151", true), ("dns:///identity:5151", true), ("a:1, dns:///b:2,[::1]:3", true), ("ipv4:127.0.0.1:1,127.0.0.1:2", true),
      ("a:0", false), ("a", false), ("", false), ("a:1,", false), ("dns://a:1", false), ("http://a:1", false),
    ])
  func aTargetIsPlacesToConnectToAsOtherClientsWriteThem(text: String, isTaken: Bool) {
    var reader = layers(flags: ["identity-address": text])
    #expect(reader.target("identity-address", default: "x:1", doc: "") == (isTaken ? text : "x:1"))
    #expect(reader.problems.isEmpty == isTaken)
  }

  @Test func aFlagWinsOverTheEnvironmentWhichWinsOverTheFileWhichWinsOverTheDefault() {
    let cases: [(file: String?, environment: String?, flag: String?, value: Int, source: ConfigSource)] = [
      (nil, nil, nil, 1, .default), ("2", nil, nil, 2, .file), ("2", "3", nil, 3, .environment), ("2", "3", "4", 4, .flag),
      (nil, "3", "4", 4, .flag), ("2", nil, "4", 4, .flag),
    ]
    for (file, environment, flag, value, source) in cases {
      func layer(_ text: String?) -> [String: String] { text.map { ["size": $0] } ?? [:] }
      var reader = layers(file: layer(file), environment: layer(environment), flags: layer(flag))
      #expect(reader.integer("size", default: 1, in: 0...9, doc: "") == value)
      #expect(reader.keys[0].source == source)
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("9", 9), ("10", nil), ("-1", nil), ("", nil), ("4.0", nil), (" 4", nil), ("four", nil), ("99999999999999999999", nil),
    ] as [(String, Int?)])
  func anIntegerOutsideItsRangeStopsTheStartAndTheDefaultStands(text: String, expected: Int?) {
    var reader = layers(flags: ["size": text])
    #expect(reader.integer("size", default: 5, in: 0...9, doc: "") == expected ?? 5)
    #expect(reader.problems.isEmpty == (expected != nil))
  }

  @Test(
    arguments: [
      ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("15m", .seconds(900)), ("1h", .seconds(3_600)), ("0s", .zero),
      ("2h", nil), ("30", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("1 s", nil), ("99999999999999999d", nil),
    ] as [(String, Duration?)])
  func aDurationIsAWholeNumberAndAUnitWithinItsRange(text: String, expected: Duration?) {
    var reader = layers(flags: ["timeout": text])
    let value = reader.duration("timeout", default: .seconds(7), in: .zero ... .seconds(3_600), doc: "")
    #expect(value == expected ?? .seconds(7))
    #expect(reader.problems.isEmpty == (expected != nil))
  }

  @Test(
    arguments: [
      ("127.0.0.1:5151", "127.0.0.1:5151"), ("localhost:0", "localhost:0"), ("[::1]:80", "[::1]:80"), ("::1:80", nil), ("host", nil),
      ("host:", nil), (":80", nil), ("host:65536", nil), ("host:-1", nil), ("host:8o", nil),
    ] as [(String, String?)])
  func anAddressIsAHostAndAPort(text: String, expected: String?) {
    #expect(HostAndPort(text)?.description == expected)
  }

  @Test(arguments: [
    ("127.0.0.1:1", true), ("127.8.0.1:1", true), ("localhost:1", true), ("[::1]:1", true), ("0.0.0.0:1", false), ("10.0.0.1:1", false),
    ("127.example.com:1", false), ("loyalty:1", false), ("[::]:1", false),
  ])
  func onlyThisMachineIsLoopback(text: String, expected: Bool) throws {
    #expect(try #require(HostAndPort(text)).isLoopback == expected)
  }

  @Test func everyProblemOfEveryKeyIsNotedAndTheFirstStopsTheStart() {
    var reader = layers(flags: ["size": "many", "on": "yes", "level": "loud"])
    _ = reader.integer("size", default: 1, in: 0...9, doc: "")
    _ = reader.bool("on", default: false, doc: "")
    _ = reader.choice("level", default: CommonConfig.LogLevel.info, doc: "")
    #expect(reader.problems.map(\.key) == ["size", "on", "level"])
    #expect(throws: ConfigError(key: "size", problem: "must be an integer, not \"many\" (flag)")) { try reader.finish() }
  }

  @Test func anUnknownKeyOfAnyLayerStopsTheStartAndIsNamedAsItWasWritten() {
    let cases: [(ConfigReader, String)] = [
      (layers(flags: ["sice": "1"]), "sice: unknown flag --sice"),
      (layers(environment: ["sice": "1"]), "sice: unknown key PATRON_LOYALTY_SICE in the environment"),
      (layers(file: ["sice": "1"]), "sice: unknown key in the configuration file"),
    ]
    for (reader, message) in cases {
      var reader = reader
      _ = reader.integer("size", default: 1, in: 0...9, doc: "")
      let error = #expect(throws: ConfigError.self) { try reader.finish() }
      #expect(error?.description == message)
    }
  }

  @Test func aSecretIsShownNeitherWhenItIsRightNorWhenItIsWrong() {
    var reader = layers(flags: ["password": "hunter2", "pin": String(repeating: "7", count: 5_000)])
    #expect(reader.secret("password", doc: "") == "hunter2")
    _ = reader.secret("pin", doc: "")
    #expect(!ConfigText.effective(reader.keys).contains("hunter2"))
    #expect(reader.problems.count == 1)
    #expect(!reader.problems[0].description.contains("777"))
  }

  @Test func flagsAreWrittenWithASpaceOrAnEqualsSign() throws {
    let layers = try ConfigLayers(
      service: "loyalty", arguments: ["--a", "1", "--b=2", "--c", "--d", "--e="],
      environment: ["PATRON_LOYALTY_LOG_LEVEL": "debug", "PATRON_CAMPAIGN_LOG_LEVEL": "error", "HOME": "/"])
    #expect(layers.flags == ["a": "1", "b": "2", "c": "--d", "e": ""])
    #expect(layers.environment == ["log-level": "debug"])
  }

  @Test(arguments: [["a"], ["--a"], ["-a", "1"], ["--a", "1", "--a=2"], ["--"]])
  func aCommandLineThatIsNotFlagsAndValuesIsRefused(arguments: [String]) {
    #expect(throws: ConfigError.self) { try ConfigLayers(service: "loyalty", arguments: arguments, environment: [:]) }
  }

  @Test func theFileIsAJSONObjectOfTextIntegersAndBooleans() throws {
    let path = NSTemporaryDirectory() + "patron-config-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func read(_ json: String) throws -> [String: String] {
      try Data(json.utf8).write(to: URL(fileURLWithPath: path))
      return try ConfigLayers(service: "loyalty", arguments: ["--config-file", path], environment: [:]).file
    }
    #expect(
      try read(#"{"event-loops": 2, "exit-with-parent": true, "log-level": "debug"}"#)
        == ["event-loops": "2", "exit-with-parent": "true", "log-level": "debug"])
    for wrong in ["", "[]", "{\"a\": {}}", "{\"a\": null}", "{\"a\": 1.5}", "{\"a\": 1"] {
      #expect(throws: ConfigError.self, "\(wrong)") { try read(wrong) }
    }
    #expect(throws: ConfigError(key: "config-file", problem: "cannot read \(path)x")) {
      try ConfigLayers(service: "loyalty", arguments: [], environment: ["PATRON_LOYALTY_CONFIG_FILE": path + "x"])
    }
  }
}
