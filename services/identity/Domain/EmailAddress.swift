import Foundation

/// An email address: shown as it was given, compared without regard to case.
///
/// The check is for slips of the hand, not for RFC 5322's every form: one at sign, something on each side, a domain of
/// labels. Only a message that arrives proves an address.
struct EmailAddress: Hashable, Sendable {
  static let bytesAtMost = 254
  static let localBytesAtMost = 64

  /// Without spaces around it.
  let written: String

  /// What makes it unique: case-folded, in Unicode's composed form.
  var key: String {
    // Upper case first: it unfolds letters, such as ß to SS, that lower case alone would keep apart.
    written.uppercased().lowercased().precomposedStringWithCanonicalMapping
  }

  enum Problem: Error, CustomStringConvertible {
    case malformed, tooLong

    var description: String {
      switch self {
      case .malformed: "must be of the form name@example.com"
      case .tooLong: "at most \(EmailAddress.bytesAtMost) bytes, of which \(EmailAddress.localBytesAtMost) before the @"
      }
    }
  }

  init(_ text: String) throws(Problem) {
    written = text.trimmingCharacters(in: .whitespaces)
    guard written.utf8.count <= Self.bytesAtMost else { throw .tooLong }
    let parts = written.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, Self.isDomain(parts[1]), !written.unicodeScalars.contains(where: Self.isForbidden) else {
      throw .malformed
    }
    guard parts[0].utf8.count <= Self.localBytesAtMost else { throw .tooLong }
  }

  /// Takes back an address that was read before, such as from the database.
  init(stored written: String) { self.written = written }

  /// Two labels or more, none empty, none with a hyphen at its border.
  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty && $0.utf8.count <= 63 && !$0.hasPrefix("-") && !$0.hasSuffix("-") }
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0x7F || "<>()[],;:\\\"".unicodeScalars.contains(scalar)
  }
}
