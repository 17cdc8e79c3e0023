import Crypto
import Foundation

/// The names in an archive, and how its files are written: under another name, synced, and renamed, so that a file with its name is whole.
///
///     archive.json                              whose archive it is
///     chain-000001/                             one run without a gap; where something may be missing another begins
///       base-000001.sqlite, base-000001.json    a copy of the database, and from where on it serves
///       log-000001-0000000000.piece             frames of the first log, from the first
struct ArchiveFolder {
  let path: String

  // MARK: Names

  struct PieceName: Hashable, Comparable {
    let log: Int
    /// Its first frame's number in the log, from 0.
    let first: Int

    var text: String { "log-\(ArchiveFolder.padded(log, 6))-\(ArchiveFolder.padded(first, 10)).piece" }

    init(log: Int, first: Int) { (self.log, self.first) = (log, first) }

    init?(_ text: String) {
      guard text.hasPrefix("log-"), text.hasSuffix(".piece") else { return nil }
      let parts = text.dropFirst(4).dropLast(6).split(separator: "-").map { Int($0) }
      guard parts.count == 2, let log = parts[0], let first = parts[1] else { return nil }
      self.init(log: log, first: first)
    }

    static func < (one: Self, other: Self) -> Bool { (one.log, one.first) < (other.log, other.first) }
  }

  static let identityName = "archive.json"

  static func chainName(_ number: Int) -> String { "chain-\(padded(number, 6))" }
  static func baseName(_ number: Int) -> String { "base-\(padded(number, 6)).sqlite" }
  static func baseLabelName(_ number: Int) -> String { "base-\(padded(number, 6)).json" }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  func path(_ chain: Int, _ name: String) -> String { "\(path)/\(Self.chainName(chain))/\(name)" }

  // MARK: What is there

  func chains() -> [Int] { names(path).compactMap { number(in: $0, "chain-", "") }.sorted() }
  func pieces(_ chain: Int) -> [PieceName] { names(chainPath(chain)).compactMap { PieceName($0) }.sorted() }
  func bases(_ chain: Int) -> [Int] { names(chainPath(chain)).compactMap { number(in: $0, "base-", ".json") }.sorted() }

  func names(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  func chainPath(_ chain: Int) -> String { "\(path)/\(Self.chainName(chain))" }

  private func number(in name: String, _ prefix: String, _ suffix: String) -> Int? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    return Int(name.dropFirst(prefix.count).dropLast(suffix.count))
  }

  // MARK: Labels

  func label<Label: Decodable>(_ type: Label.Type, _ path: String) -> Label? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return try? JSONDecoder().decode(type, from: data)
  }

  func write(_ label: some Encodable, to path: String) throws { try DatabaseFile.write([Array(try Self.json(label))], to: path) }

  static func json(_ label: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(label)
  }
}

/// Whose archive a folder is.
struct ArchiveIdentity: Codable, Equatable {
  /// A hash of the database's own key, which a restored database keeps.
  let database: String

  init(_ meta: Meta) { database = Array(SHA256.hash(data: meta.bodyHashKey)).hexadecimal }
}

/// A base, once it is whole.
struct BaseLabel: Codable, Equatable {
  /// When it was whole, in microseconds since 1970 UTC.
  let time: Int64
  /// The log whose frames, from the first, go on top of it.
  let firstLog: Int
  /// It is the database of no moment before this: the log, and frames of it.
  let log: Int
  let frames: Int
  let digest: String
}
