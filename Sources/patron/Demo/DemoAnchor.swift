import Foundation

/// The instant at which the demo's day ends on one data folder: when its first run began. Later runs read it back, so that every request
/// they send is the same, byte for byte, and replays.
struct DemoAnchor: Codable, Sendable {
  /// Whole seconds, so that it survives its file exactly.
  let dayEnd: Date

  private static let secondsPerDay = 86_400

  static func loadOrCreate(in folder: URL, now: Date) throws -> DemoAnchor {
    let file = folder.appendingPathComponent("anchor.json")
    if let data = try? Data(contentsOf: file) {
      return try JSONDecoder().decode(DemoAnchor.self, from: data)
    }
    let anchor = DemoAnchor(dayEnd: Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down)))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try JSONEncoder().encode(anchor).write(to: file, options: .atomic)
    return anchor
  }

  /// When a sale at `secondOfDay` of the published day happened, moved so that the day's last second is the anchor.
  func instant(ofSecond secondOfDay: Int) -> Date {
    dayEnd.addingTimeInterval(Double(secondOfDay - Self.secondsPerDay))
  }
}
