import Foundation

/// How much of a random test is run: as much as CI has time for, or `make soak`'s PATRON_SOAK_ROUNDS times as much.
enum Soak {
  static let rounds = ProcessInfo.processInfo.environment["PATRON_SOAK_ROUNDS"].flatMap { Int($0) } ?? 1

  /// The seeds that everybody runs; a soak goes on to others.
  static func seeds(_ count: Int) -> ClosedRange<UInt64> { 1...UInt64(count * rounds) }
}
