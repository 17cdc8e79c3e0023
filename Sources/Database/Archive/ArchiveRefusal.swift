import Foundation

/// Why an archive cannot be written, or not restored from. Files are named by their path inside the archive, times are microseconds since
/// 1970 UTC.
public enum ArchiveRefusal: Error, Sendable, Hashable {
  /// The database ships to none.
  case none
  /// The folder belongs to another database.
  case ofAnotherDatabase
  /// It has no base to begin with.
  case empty
  /// The moment lies before the first base that there is.
  case beforeFirstBase(time: Int64)
  /// The moment lies where nothing was shipped: between the last commit of one chain and the first base of the next, which may not be
  /// whole yet.
  case gap(from: Int64, to: Int64?)
  /// A file that must be there is not: what it held is missing, and so is everything after it.
  case missing(file: String)
  /// A file is not what was written.
  case damaged(file: String)
}

extension ArchiveRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .none: "this database ships its log to none"
    case .ofAnotherDatabase: "the folder belongs to another database"
    case .empty: "there is no base to restore from"
    case .beforeFirstBase(let time): "the earliest moment that it can restore is \(Self.text(time))"
    case .gap(let from, let to):
      "nothing was shipped between \(Self.text(from)) and \(to.map(Self.text) ?? "now"): restore to a moment up to the former"
        + (to == nil ? "" : ", or from the latter on")
    case .missing(let file): "\(file) is missing"
    case .damaged(let file): "\(file) is damaged"
    }
  }

  private static func text(_ time: Int64) -> String {
    Date(timeIntervalSince1970: Double(time) / 1_000_000).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
