/// How much members may send each other, and what it costs. 0 is no limit.
struct TransferPolicy: Equatable, Sendable {
  /// What a transfer may run into.
  enum Limit: String, Sendable, CaseIterable {
    case minimum
    case maximum
    case senderDay = "sender_day"
    case senderMonth = "sender_month"
    case receiverMonth = "receiver_month"
  }

  /// What was sent already, or received, less what came back.
  struct Use: Equatable, Sendable {
    var sentToday: Int64 = 0
    var sentThisMonth: Int64 = 0
    var receivedThisMonth: Int64 = 0
  }

  var isAllowed = false
  var minimum: Int64 = 0
  var maximum: Int64 = 0
  var senderDaily: Int64 = 0
  var senderMonthly: Int64 = 0
  var receiverMonthly: Int64 = 0
  var feePoints: Int64 = 0
  var feePerMille: Int64 = 0
  var receivedMayBeSentOn = false

  /// What the sender pays besides, rounded down.
  func fee(of points: Int64) -> Int64 {
    // Apart, so that no product leaves 64 bits.
    feePoints + points / 1_000 * feePerMille + points % 1_000 * feePerMille / 1_000
  }

  func check(_ points: Int64, after use: Use) throws(PointsRefusal) {
    guard isAllowed else { throw .transfersNotAllowed }
    guard points >= minimum else { throw .transferLimit(.minimum, limit: minimum, room: 0) }
    let limits: [(Limit, limit: Int64, used: Int64)] = [
      (.maximum, maximum, 0), (.senderDay, senderDaily, use.sentToday), (.senderMonth, senderMonthly, use.sentThisMonth),
      (.receiverMonth, receiverMonthly, use.receivedThisMonth),
    ]
    for (name, limit, used) in limits where limit > 0 {
      let room = max(0, limit - used)
      guard points <= room else { throw .transferLimit(name, limit: limit, room: room) }
    }
  }
}
