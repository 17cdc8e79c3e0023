import CPostgreSQL
import Foundation

/// Where a database lives. Its text form is what operators write: the path of a SQLite file, or a `postgres://` URL as libpq reads it.
public enum DatabaseLocation: Sendable, Hashable {
  /// The file. Its folder is made when missing; the file is made readable by its owner only.
  case sqlite(path: String)
  /// A schema of a server: the one that the URL's role and options find first.
  case postgres(url: String)

  private static let schemes = ["postgres://", "postgresql://"]

  /// Nil for a URL that libpq does not read.
  public init?(_ text: String) {
    guard Self.schemes.contains(where: { text.hasPrefix($0) }) else {
      self = .sqlite(path: text)
      return
    }
    let options = PQconninfoParse(text, nil)
    guard options != nil else { return nil }
    PQconninfoFree(options)
    self = .postgres(url: text)
  }

  /// The path of the SQLite file; nil for a server.
  public var filePath: String? {
    if case .sqlite(let path) = self { return path }
    return nil
  }
}

extension DatabaseLocation: CustomStringConvertible {
  /// Fit to be shown: without the password that a URL may hold, before its host or among its options.
  public var description: String {
    switch self {
    case .sqlite(let path): return path
    case .postgres(let url):
      guard let authority = url.range(of: "://") else { return url }
      var rest = url[authority.upperBound...]
      var user: Substring = ""
      // As libpq reads it: up to the first "@" before any "/", whatever stands between.
      if let end = rest.prefix(while: { $0 != "/" }).firstIndex(of: "@") {
        user = rest[..<end].prefix { $0 != ":" } + "@"
        rest = rest[rest.index(after: end)...]
      }
      let address = rest.prefix { $0 != "?" }
      let shown = rest[address.endIndex...].dropFirst().split(separator: "&").filter { !$0.lowercased().contains("password") }
      return url[..<authority.upperBound] + user + address + (shown.isEmpty ? "" : "?" + shown.joined(separator: "&"))
    }
  }
}
