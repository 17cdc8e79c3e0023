internal import Database

extension MemberLedger {
  /// Promises points within the caps of a rule, or refuses; returns the day on which they count. Held or posted, they use up the room, so
  /// that a Commit never meets a cap, and two tills at once share what there is.
  func reserveRoom(for points: Int64, by rule: EarnRule) throws -> Int64 {
    guard let day = try EarnCapStore.reserve(points, of: memberID, by: rule, at: instant, transaction) else {
      throw LoyaltyRefusal.earnCapReached(room: try EarnCapStore.room(of: memberID, by: rule, at: instant, transaction))
    }
    return day
  }
}
