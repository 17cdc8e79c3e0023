/// Which consents make sense: marketing is per channel, terms and profiling are not.
enum ConsentRules {
  enum Purpose: Int, Sendable, CaseIterable {
    case terms = 1
    case marketing = 2
    case profiling = 3

    var needsChannel: Bool { self == .marketing }
  }

  enum Channel: Int, Sendable, CaseIterable {
    case none = 0
    case sms = 1
    case email = 2
    case phone = 3
    case push = 4
  }

  static let textVersionBytesAtMost = 64

  enum Problem: Error, CustomStringConvertible {
    case unknownPurpose, unknownChannel, channelMissing, channelWithoutMeaning, textVersionMissing, textVersionTooLong, twice

    var description: String {
      switch self {
      case .unknownPurpose: "purpose must be TERMS, MARKETING or PROFILING"
      case .unknownChannel: "channel is not known"
      case .channelMissing: "MARKETING needs a channel"
      case .channelWithoutMeaning: "TERMS and PROFILING have no channel"
      case .textVersionMissing: "text_version must say which text was shown"
      case .textVersionTooLong: "text_version: at most \(ConsentRules.textVersionBytesAtMost) bytes"
      case .twice: "names a purpose and channel twice"
      }
    }
  }

  /// The consent that these numbers of the contract stand for.
  static func read(purpose: Int, channel: Int, granted: Bool, textVersion: String) throws(Problem) -> GivenConsent {
    guard let purpose = Purpose(rawValue: purpose) else { throw .unknownPurpose }
    guard let channel = Channel(rawValue: channel) else { throw .unknownChannel }
    if purpose.needsChannel && channel == .none { throw .channelMissing }
    if !purpose.needsChannel && channel != .none { throw .channelWithoutMeaning }
    guard !textVersion.isEmpty else { throw .textVersionMissing }
    guard textVersion.utf8.count <= textVersionBytesAtMost else { throw .textVersionTooLong }
    return GivenConsent(purpose: purpose, channel: channel, granted: granted, textVersion: textVersion)
  }

  static func requireDistinct(_ consents: [GivenConsent]) throws(Problem) {
    var seen: Set<[Int]> = []
    for consent in consents where !seen.insert([consent.purpose.rawValue, consent.channel.rawValue]).inserted { throw .twice }
  }
}

/// What a person said to one question: whether they may be told of something, by what channel, and which text they were shown.
struct GivenConsent: Equatable, Sendable {
  var purpose: ConsentRules.Purpose
  var channel: ConsentRules.Channel
  var granted: Bool
  var textVersion: String
}
