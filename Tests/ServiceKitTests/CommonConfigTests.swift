import Database
import RPC
import Testing

@testable import ServiceKit

@Suite struct CommonConfigTests {
  @Test func theDefaultsServeLoopbackInPlaintextWithReflection() throws {
    let config = try LoadedConfig<SampleApp>(values: [:])
    #expect(config.common.listenAddress.description == "127.0.0.1:5999")
    #expect(config.common.adminAddress.description == "127.0.0.1:6009")
    #expect(config.common.tls == nil)
    #expect(config.common.describesItself)
    #expect(config.own.greeting == "hello")
    #expect(config.common.connectionAge == .zero)
  }

  @Test(
    arguments: [
      (["listen-address": "0.0.0.0:1"], "mutual TLS is required"),
      (["listen-address": "loyalty:1", "tls-certificate": "c"], "needs tls-key and tls-ca"),
      (["listen-address": "0.0.0.0:1", "tls-certificate": "c", "tls-key": "k", "tls-ca": "a"], "caller-keys-file is required"),
      (["tls-certificate": "c", "tls-key": "k"], "needs tls-key and tls-ca"),
      (["tls-key": "k"], "goes with tls-certificate"),
      (["fault-point": "nowhere"], "\"nowhere\" is no point of this service"),
      (["fault-point": "sample.before:0"], "name:N with N of 1 or more"),
      (["fault-point": "sample.before:x"], "name:N with N of 1 or more"),
      (["log-format": "xml"], "must be one of text|json"),
      (["greeting": ""], "must not be empty"),
      (["greting": "hi"], "unknown flag --greting"),
    ] as [([String: String], String)])
  func aStartThatWouldBeUnsafeOrMistakenIsRefusedInOneLine(values: [String: String], expected: String) {
    let error = #expect(throws: ConfigError.self) { try LoadedConfig<SampleApp>(values: values) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func anyOtherBindIsAllowedWithMutualTLSAndAKeyRingAndThenDescribesNothing() throws {
    let values = [
      "listen-address": "0.0.0.0:1", "tls-certificate": "c", "tls-key": "k", "tls-ca": "a", "caller-keys-file": "ring.json",
    ]
    let config = try LoadedConfig<SampleApp>(values: values)
    #expect(config.common.tls == CommonConfig.TLSFiles(certificate: "c", key: "k", authority: "a"))
    #expect(!config.common.describesItself)
    #expect(try LoadedConfig<SampleApp>(values: values.merging(["reflection": "on"]) { $1 }).common.describesItself)
  }

  @Test func aDatabaseIsAFileOrAServerWhosePasswordIsNeverShown() throws {
    #expect(try LoadedConfig<SampleApp>(values: ["database": "/data/x.sqlite"]).common.database == .sqlite(path: "/data/x.sqlite"))
    let url = "postgres://till:geheim@db.example/sample"
    let config = try LoadedConfig<SampleApp>(values: ["database": url])
    #expect(config.common.database == .postgres(url: url))
    #expect(config.common.dataFolder == "./data")
    #expect(ConfigText.effective(config.keys).contains("postgres://till@db.example/sample"))
    let wrong = #expect(throws: ConfigError.self) {
      try LoadedConfig<SampleApp>(values: ["database": "postgres://till:geheim@db.example/sample?colour=red"])
    }
    for text in [ConfigText.effective(config.keys), wrong?.description ?? ""] { #expect(!text.contains("geheim")) }
    #expect(wrong?.key == "database")
    #expect(throws: ConfigError.self) { try config.common.databaseFile(for: "backup") }
  }

  @Test func anArchiveIsOfAFile() throws {
    #expect(try LoadedConfig<SampleApp>(values: [:]).common.archive == nil)
    let archive = try LoadedConfig<SampleApp>(values: ["wal-archive": "/mnt/sample", "wal-archive-keep": "30d"]).common.archive
    #expect(archive?.folder == "/mnt/sample")
    #expect(archive?.keepsFor == .seconds(30 * 86_400))
    #expect(archive?.logLimitBytes == 1024 * 1024 * 1024)
    let error = #expect(throws: ConfigError.self) {
      try LoadedConfig<SampleApp>(values: ["wal-archive": "/mnt/sample", "database": "postgres:///sample"])
    }
    #expect(error?.key == "wal-archive")
  }

  @Test func aFaultPointIsRefusedOffLoopback() {
    let values = [
      "listen-address": "0.0.0.0:1", "tls-certificate": "c", "tls-key": "k", "tls-ca": "a", "caller-keys-file": "ring.json",
      "fault-point": "sample.before",
    ]
    #expect(throws: ConfigError(key: "fault-point", problem: "is for loopback only")) { try LoadedConfig<SampleApp>(values: values) }
  }

  @Test func helpSaysEveryKeysTypeRangeDefaultAndPurpose() {
    let help = ConfigText.help(service: "sample", keys: LoadedConfig<SampleApp>.documentedKeys)
    #expect(help.contains("--drain-timeout <duration; 0s to 10m; default 20s>"))
    #expect(help.contains("--greeting <text; default hello>\n    What it says."))
    #expect(help.contains("PATRON_SAMPLE_LISTEN_ADDRESS"))
    #expect(LoadedConfig<SampleApp>.documentedKeys.allSatisfy { !$0.documentation.isEmpty })
  }
}
