internal import Foundation

/// A draw that is paid in points.
struct PrizeDraw: Equatable, Sendable {
  /// open → drawn or cancelled, once.
  enum State: String, Sendable { case open, drawn, cancelled }

  struct Prize: Equatable, Sendable {
    var name: String
    /// Empty for points, and for what the name says.
    var rewardCode: String
    var points: Int64
    var stock: Int64
  }

  var code: String
  var name: String
  /// For one ticket.
  var ticketPoints: Int64
  /// At most so many a member; 0 is without a limit.
  var memberTickets: Int64
  var opensAt: Date
  /// The first instant at which no ticket is sold.
  var closesAt: Date
  /// None is every tier.
  var tierCodes: [String]
  var prizes: [Prize]
  /// Told to nobody before the draw is run.
  var seed: [UInt8]
  var seedDigest: [UInt8]
  var state: State
  /// Sold: their numbers are 1 to this.
  var tickets: Int64
  /// The last link over what was sold.
  var chain: [UInt8]
  var publishedAt: Date
  var resolvedAt: Date?
  var reason: String

  static let seedBytes = 32

  var prizeStock: Int64 { prizes.reduce(0) { $0 + $1.stock } }

  /// Which prize the winner of a place has: the first prize's stock goes first.
  func prize(ofPlace place: Int64) -> Int {
    var left = place
    for (index, prize) in prizes.enumerated() {
      if left <= prize.stock { return index }
      left -= prize.stock
    }
    preconditionFailure("a place beyond the prizes")
  }
}

/// What was bought at once.
struct TicketPurchase: Equatable, Sendable {
  var purchaseID: String
  var drawCode: String
  var memberID: String
  var firstNumber: Int64
  var tickets: Int64
  var points: Int64
  var chain: [UInt8]
  var storeID: String
  var clientID: String
  var staffID: String
  var reference: String
  var boughtAt: Date

  /// What a link is the digest of.
  static func link(after chain: [UInt8], firstNumber: Int64, tickets: Int64, purchaseID: String) -> [UInt8] {
    chain + Array("\(firstNumber)|\(tickets)|\(purchaseID)".utf8)
  }

  var origin: LedgerOrigin { LedgerOrigin(clientID: clientID, staffID: staffID, storeID: storeID) }
}

struct DrawWinner: Equatable, Sendable {
  /// 1, 2, 3, …
  var place: Int64
  /// In the draw's prizes.
  var prize: Int
  var number: Int64
  var memberID: String
}

/// The bounds of what one request may say of draws.
enum DrawLimits {
  static let maximumPrizes = 50
  /// Of all prizes together: what one write records.
  static let maximumPrizeStock: Int64 = 1_000
  static let maximumTicketsAtOnce: Int64 = 1_000
}
