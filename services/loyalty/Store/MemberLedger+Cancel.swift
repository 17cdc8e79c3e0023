internal import Database

extension MemberLedger {
  mutating func cancel(_ hold: OrderHold) throws {
    try release(.order(hold.orderID), origin: hold.origin)
    try closeQuietly()
  }
}
