import Foundation
internal import GoogleProto
internal import ProtobufC

/// The messages that proto3's JSON mapping writes as strings.
enum WellKnownType {
  case timestamp
  case duration
  case fieldMask

  init?(_ fullName: String) {
    switch fullName {
    case GoogleProtobuf.Timestamp.fullName: self = .timestamp
    case GoogleProtobuf.Duration.fullName: self = .duration
    case GoogleProtobuf.FieldMask.fullName: self = .fieldMask
    default: return nil
    }
  }

  func json(_ bytes: ArraySlice<UInt8>) throws(ProtobufJSONError) -> JSONValue {
    do throws(ProtobufError) {
      switch self {
      case .timestamp: return .string(Self.text(try GoogleProtobuf.Timestamp(decoding: bytes)))
      case .duration: return .string(Self.text(try GoogleProtobuf.Duration(decoding: bytes)))
      case .fieldMask: return .string(try GoogleProtobuf.FieldMask(decoding: bytes).paths.map(Self.camelCase).joined(separator: ","))
      }
    } catch {
      throw ProtobufJSONError(error.description)
    }
  }

  func bytes(_ value: JSONValue, path: String) throws(ProtobufJSONError) -> [UInt8] {
    guard case .string(let text) = value else { throw ProtobufJSONError(at: path, "\(expectation) was expected") }
    switch self {
    case .timestamp: if let timestamp = Self.timestamp(text) { return timestamp.encoded() }
    case .duration: if let duration = Self.duration(text) { return duration.encoded() }
    case .fieldMask:
      let paths = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { Self.snakeCase(String($0)) }
      if !paths.contains("") { return GoogleProtobuf.FieldMask(paths: paths).encoded() }
    }
    throw ProtobufJSONError(at: path, "\"\(text)\" is not \(expectation)")
  }

  private var expectation: String {
    switch self {
    case .timestamp: "a time such as \"2026-01-31T12:00:00Z\""
    case .duration: "a duration such as \"1.5s\""
    case .fieldMask: "a list of fields such as \"name,homeStoreId\""
    }
  }

  // MARK: Time

  /// RFC 3339 in UTC, with as many digits of fraction as it takes in threes.
  private static func text(_ timestamp: GoogleProtobuf.Timestamp) -> String {
    let instant = CivilTime(secondsSince1970: timestamp.seconds)
    return String(
      format: "%04d-%02d-%02dT%02d:%02d:%02d", instant.year, instant.month, instant.day, instant.hour, instant.minute, instant.second)
      + fraction(timestamp.nanos) + "Z"
  }

  private static func text(_ duration: GoogleProtobuf.Duration) -> String {
    let isNegative = duration.seconds < 0 || duration.nanos < 0
    return "\(isNegative ? "-" : "")\(duration.seconds.magnitude)\(fraction(Int32(clamping: duration.nanos.magnitude)))s"
  }

  private static func fraction(_ nanos: Int32) -> String {
    guard nanos != 0 else { return "" }
    let digits = String(format: "%09d", nanos)
    if digits.hasSuffix("000000") { return "." + digits.prefix(3) }
    if digits.hasSuffix("000") { return "." + digits.prefix(6) }
    return "." + digits
  }

  private static func timestamp(_ text: String) -> GoogleProtobuf.Timestamp? {
    let pattern = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))/.asciiOnlyDigits()
    guard let match = text.wholeMatch(of: pattern),
      let year = Int64(match.1), let month = Int64(match.2), let day = Int64(match.3), let hour = Int64(match.4),
      let minute = Int64(match.5), let second = Int64(match.6)
    else { return nil }
    let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    // Normalised, 30 February would come back as 2 March.
    guard CivilTime(secondsSince1970: civil.secondsSince1970) == civil else { return nil }
    var offsetMinutes: Int64 = 0
    if let sign = match.8, let hours = match.9.flatMap({ Int64($0) }), let minutes = match.10.flatMap({ Int64($0) }) {
      offsetMinutes = (hours * 60 + minutes) * (sign == "-" ? -1 : 1)
    }
    let nanos = match.7.flatMap { Int32($0 + String(repeating: "0", count: 9 - $0.count)) } ?? 0
    let timestamp = GoogleProtobuf.Timestamp(seconds: civil.secondsSince1970 - offsetMinutes * 60, nanos: nanos)
    return timestamp.isValid ? timestamp : nil
  }

  private static func duration(_ text: String) -> GoogleProtobuf.Duration? {
    guard let match = text.wholeMatch(of: /(-?)(\d{1,12})(?:\.(\d{1,9}))?s/.asciiOnlyDigits()), let seconds = Int64(match.2) else {
      return nil
    }
    let nanos = match.3.flatMap { Int32($0 + String(repeating: "0", count: 9 - $0.count)) } ?? 0
    let sign: Int64 = match.1.isEmpty ? 1 : -1
    return GoogleProtobuf.Duration(seconds: sign * seconds, nanos: Int32(sign) * nanos)
  }

  // MARK: Field masks: camelCase in JSON, snake_case on the wire

  private static func camelCase(_ path: String) -> String {
    var result = ""
    var capitalizes = false
    for character in path {
      if character == "_" {
        capitalizes = true
      } else {
        result += capitalizes ? character.uppercased() : String(character)
        capitalizes = false
      }
    }
    return result
  }

  private static func snakeCase(_ path: String) -> String {
    path.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }
}
