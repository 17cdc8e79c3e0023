public import Database
import Foundation

/// The keys that every service has.
public struct CommonConfig: Sendable {
  public let listenAddress: HostAndPort
  public let adminAddress: HostAndPort
  /// Nil for a service that owns no database.
  public let database: DatabaseLocation?
  /// Where the database's log is shipped to; nil for nowhere.
  let archive: ArchiveConfiguration?
  /// How long events are kept that every consumer has acknowledged; nil for good.
  public let feedRetention: Duration?
  /// Of its databases beside the main one by name, where they are on a server.
  let companionServers: [String: DatabaseLocation]
  /// Where files of the service's own stand.
  public let dataFolder: String
  public let logLevel: LogLevel
  public let logFormat: LogFormat
  /// The path of the key ring that signs and verifies callers; empty for none.
  public let callerKeysFile: String
  public let tls: TLSFiles?
  public let reflection: ReflectionSetting
  /// 0 lets the runtime choose.
  public let eventLoops: Int
  /// How often one client may call; nil for no limit.
  public let rateLimit: RateLimitSetting?
  /// How long a unary call may take whatever its caller allows; nil for no limit.
  public let longestCall: Duration?
  /// Zero for no limit.
  public let connectionAge: Duration
  public let readyFile: String
  public let faultPoint: String
  public let drainTimeout: Duration
  public let exitWithParent: Bool

  /// The certificate, key and authority of mutual TLS, as paths of PEM files. All three or none.
  public struct TLSFiles: Sendable, Equatable {
    public let certificate: String
    public let key: String
    public let authority: String
  }

  public struct RateLimitSetting: Sendable, Equatable {
    public let callsPerSecond: Double
    public let burst: Int
  }

  public enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
  }

  public enum LogFormat: String, Sendable, CaseIterable {
    case text, json
  }

  public enum ReflectionSetting: String, Sendable, CaseIterable {
    /// On for a loopback bind, off elsewhere.
    case auto
    case on, off
  }

  init(reader: inout ConfigReader, ports: ServicePorts, ownsDatabase: Bool, companions: [CompanionDatabase] = []) {
    _ = reader.string(
      ConfigLayers.fileKey, default: "", doc: "A JSON object of these keys. The environment and flags win over it.")
    listenAddress = reader.address(
      "listen-address", default: "127.0.0.1:\(ports.rpc)",
      doc: "Where RPC is served. Anything but loopback demands tls-certificate, tls-key, tls-ca and caller-keys-file.")
    adminAddress = reader.address(
      "admin-address", default: "127.0.0.1:\(ports.admin)",
      doc: "Where /metrics, /healthz and /readyz are served over HTTP/1.1, in plaintext: it shows no data, but keep it inside.")
    database =
      ownsDatabase
      ? reader.database(
        "database", default: .sqlite(path: "./data/\(reader.service).sqlite"),
        doc: "The path of a SQLite file, made when missing with its folder, or a postgres:// URL as libpq reads it, whose database or "
          + "schema is this service's alone; several replicas may share it.")
      : nil
    archive = ownsDatabase ? Self.archive(&reader, of: database) : nil
    let retention =
      ownsDatabase
      ? reader.duration(
        "feed-retention", default: .zero, in: .zero ... .seconds(315_360_000),
        doc: "How long the event feed keeps an event, at least. An older one is removed once every consumer that the feed knows has "
          + "acknowledged it. 0s keeps every event for good.")
      : .zero
    feedRetention = retention == .zero ? nil : retention
    companionServers = Self.readCompanions(companions, beside: database, &reader)
    let folder =
      ownsDatabase
      ? reader.string(
        "data-folder", default: "",
        doc: "Where files of the service's own stand, such as keys that it makes; empty means beside a SQLite file, and ./data otherwise.")
      : ""
    dataFolder = folder.isEmpty ? database?.filePath.map { ($0 as NSString).deletingLastPathComponent } ?? "./data" : folder
    logLevel = reader.choice("log-level", default: LogLevel.info, doc: "The least severe level that is written.")
    logFormat = reader.choice("log-format", default: LogFormat.text, doc: "One line an event: text for people, JSON for machines.")
    callerKeysFile = reader.string(
      KeyRing.callerKeysKey, default: "",
      doc: "The key ring by which the gateway signs who calls and services believe it. "
        + "Empty, on loopback only: every caller is local-development and may do everything.")
    let certificate = reader.string("tls-certificate", default: "", doc: "PEM file of this service's certificate chain.")
    let key = reader.string("tls-key", default: "", doc: "PEM file of the certificate's private key.")
    let authority = reader.string("tls-ca", default: "", doc: "PEM file of the authority that peers' certificates must come from.")
    tls = certificate.isEmpty ? nil : TLSFiles(certificate: certificate, key: key, authority: authority)
    reflection = reader.choice(
      "reflection", default: ReflectionSetting.auto, doc: "Whether the server describes its methods; auto means on loopback only.")
    eventLoops = reader.integer(
      "event-loops", default: 0, in: 0...256, doc: "Event loops for connections; 0 chooses by the number of cores.")
    let callsPerSecond = reader.integer(
      "calls-per-second", default: 0, in: 0...1_000_000,
      doc: "Calls that one client may make a second, on average; 0 for no limit. One over it is refused with RATE_LIMITED.")
    let burst = reader.integer(
      "call-burst", default: 100, in: 1...1_000_000,
      doc: "Calls that one client may make at once after a rest, where calls-per-second limits.")
    rateLimit = callsPerSecond == 0 ? nil : RateLimitSetting(callsPerSecond: Double(callsPerSecond), burst: burst)
    let longest = reader.duration(
      "longest-call", default: .seconds(0), in: .milliseconds(0) ... .seconds(3600),
      doc: "The deadline of a unary call that comes with a later one or with none; 0 leaves it to the caller.")
    longestCall = longest == .zero ? nil : longest
    connectionAge = reader.duration(
      "connection-age", default: .zero, in: .zero ... .seconds(604_800),
      doc:
        "Connections older than this, a tenth more or less, are told to go once their calls have ended, so that callers find replicas that "
        + "came since; 0s keeps them.")
    readyFile = reader.string(
      "ready-file", default: "", doc: "Written atomically as JSON with the bound addresses and the process id once serving.")
    faultPoint = reader.string(
      "fault-point", default: "", doc: "Tests only, loopback only: kill this process at a named point (name or name:N).")
    drainTimeout = reader.duration(
      "drain-timeout", default: .seconds(20), in: .milliseconds(0) ... .seconds(600),
      doc: "How long calls in flight may still take after SIGTERM.")
    exitWithParent = reader.bool(
      "exit-with-parent", default: false, doc: "Drain when the process that started this one ends, however it ends.")
    if certificate.isEmpty && !(key.isEmpty && authority.isEmpty) {
      reader.reject(key.isEmpty ? "tls-ca" : "tls-key", "goes with tls-certificate")
    }
    checkBindRules(&reader)
  }

  /// Where a database beside the main one lives: in a file beside its file, or where its own key says.
  func location(of companion: CompanionDatabase) -> DatabaseLocation {
    if let server = companionServers[companion.name] { return server }
    guard let path = database?.filePath else { preconditionFailure("a server's companions were read, or the start refused") }
    return .sqlite(path: companion.path(beside: path))
  }

  /// Beside a file they are files; on a server each has a URL of its own.
  private static func readCompanions(
    _ companions: [CompanionDatabase], beside main: DatabaseLocation?, _ reader: inout ConfigReader
  ) -> [String: DatabaseLocation] {
    var servers: [String: DatabaseLocation] = [:]
    for companion in companions {
      let key = companion.configurationKey
      let location = reader.database(
        key, default: .sqlite(path: ""),
        doc:
          "Where database is on a server: the postgres:// URL of another database, which holds the \(companion.name) apart from what they "
          + "open, in its backups as well. Empty beside a SQLite file, where it is a file of its own.")
      switch (main, location) {
      case (.postgres, .sqlite): reader.reject(key, "must be a postgres:// URL of a database of its own, where database is on a server")
      case (.postgres, .postgres) where location == main: reader.reject(key, "must not be the database that database names")
      case (.postgres, .postgres): servers[companion.name] = location
      case (_, .sqlite(path: "")): break
      default: reader.reject(key, "goes with a database on a server")
      }
    }
    return servers
  }

  private static func archive(_ reader: inout ConfigReader, of database: DatabaseLocation?) -> ArchiveConfiguration? {
    let folder = reader.string(
      "wal-archive", default: "",
      doc:
        "A folder of this service's own, best on another disk, to which everything that is committed is shipped, so that restore --at puts "
        + "back any moment. SQLite only; keys beside the database are not shipped. Empty: none.")
    var archive = ArchiveConfiguration(folder: folder)
    archive.interval = reader.duration(
      "wal-archive-interval", default: archive.interval, in: .milliseconds(100) ... .seconds(3600),
      doc: "What is committed is in the archive after this at most: what the loss of the database's disk costs.")
    archive.baseInterval = reader.duration(
      "wal-archive-base-interval", default: archive.baseInterval, in: .seconds(60) ... .seconds(30 * 86_400),
      doc: "How old the archive's last copy of the whole database may grow; a restore reads one and every log after it.")
    archive.keepsFor = reader.duration(
      "wal-archive-keep", default: archive.keepsFor, in: .seconds(3600) ... .seconds(3650 * 86_400),
      doc: "How far back restore --at can go at least; what no such moment needs is removed.")
    let limit = reader.integer(
      "wal-archive-log-limit", default: archive.logLimitBytes / mebibyte, in: 65...1_048_576,
      doc:
        "MiB that the log beside the database may grow to while the archive cannot be written. Past it the log is cut back all the same: "
        + "the archive gets a gap, which ends with the next copy.")
    archive.logLimitBytes = limit * mebibyte
    guard !folder.isEmpty else { return nil }
    if database?.filePath == nil { reader.reject("wal-archive", "goes with a SQLite file: a server archives by its archive_command") }
    return archive
  }

  private static let mebibyte = 1024 * 1024

  /// The SQLite file that a command copies; a server has tools of its own for that.
  func databaseFile(for command: String) throws(ConfigError) -> String {
    guard let path = database?.filePath else {
      throw ConfigError(key: "database", problem: "\(command) copies a SQLite file: use pg_dump, pg_restore or pg_basebackup on a server")
    }
    return path
  }

  /// Whether the server answers reflection.
  var describesItself: Bool {
    switch reflection {
    case .on: true
    case .off: false
    case .auto: listenAddress.isLoopback
    }
  }

  /// Reads the files that it names as a start would, and says what is wrong with the first that cannot be used.
  func checkFiles() throws(ConfigError) {
    if !callerKeysFile.isEmpty { _ = try KeyRing(contentsOf: callerKeysFile) }
    try tls?.check()
  }

  /// Plaintext and unsigned callers are for loopback; anything else is mutual TLS with a key ring, or no start.
  private func checkBindRules(_ reader: inout ConfigReader) {
    if let tls, tls.key.isEmpty || tls.authority.isEmpty {
      reader.reject("tls-certificate", "needs tls-key and tls-ca beside it")
    }
    guard !listenAddress.isLoopback else { return }
    if tls == nil {
      reader.reject("listen-address", "\(listenAddress) is not loopback: mutual TLS is required (tls-certificate, tls-key, tls-ca)")
    }
    if callerKeysFile.isEmpty {
      reader.reject("listen-address", "\(listenAddress) is not loopback: caller-keys-file is required")
    }
    if !faultPoint.isEmpty {
      reader.reject("fault-point", "is for loopback only")
    }
  }
}

/// The ports that a service listens on unless it is told others.
public struct ServicePorts: Sendable {
  public let rpc: Int
  public let admin: Int

  public init(rpc: Int, admin: Int) {
    self.rpc = rpc
    self.admin = admin
  }
}
