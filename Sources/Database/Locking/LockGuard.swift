/// What one write holds, and whether its next statement may run (`LockOrder`).
struct LockGuard {
  /// A row that a statement takes if it finds or makes one.
  struct Taking {
    fileprivate let step: Int
    fileprivate let key: [SQLValue]
    let isRead: Bool
  }

  private let order: LockOrder
  private var held: [Set<[SQLValue]>]
  /// The last row that was taken.
  private var last: (step: Int, key: [SQLValue])?

  init(_ order: LockOrder) {
    self.order = order
    held = Array(repeating: [], count: order.steps.count)
  }

  /// Throws `lockOrder` for a statement that would read or change what is not locked, or lock out of order. Nil when it takes no further row.
  func permit(_ sql: SQL, _ arguments: [SQLValue]) throws -> Taking? {
    // Database's own tables: a request id is claimed before all rows, and the outbox is only added to.
    if sql.name.hasPrefix("database.") { return nil }
    let footprint = order.footprint(of: sql)
    if footprint.verb != .read || sql.locksRow, let step = order.step(takenIn: footprint.target) {
      return try taking(step, footprint, sql, arguments)
    }
    let isAllowed =
      switch footprint.verb {
      case .read: !sql.locksRow
      case .insert: order.claims.contains(footprint.target) ? !footprint.resolvesConflicts : isHeld(footprint.target)
      case .change: order.claims.contains(footprint.target) ? last != nil : isHeld(footprint.target)
      case .unknown: false
      }
    guard isAllowed, footprint.tables.allSatisfy(isReadable) else { throw DatabaseError.lockOrder(sql: sql.name) }
    return nil
  }

  mutating func took(_ taking: Taking) {
    held[taking.step].insert(taking.key)
    last = (taking.step, taking.key)
  }

  private func taking(_ step: Int, _ footprint: StatementFootprint, _ sql: SQL, _ arguments: [SQLValue]) throws -> Taking? {
    let refusal = DatabaseError.lockOrder(sql: sql.name)
    let key = Array(arguments.prefix(order.steps[step].keyParameters))
    if held[step].contains(key) {
      guard footprint.tables.allSatisfy(isReadable) else { throw refusal }
      return nil
    }
    guard footprint.tables.count == 1, key.count == order.steps[step].keyParameters else { throw refusal }
    if let last {
      guard step > last.step || (step == last.step && Self.precedes(last.key, key)) else { throw refusal }
    }
    return Taking(step: step, key: key, isRead: footprint.verb == .read)
  }

  /// The row itself is held, or one that the table's rows belong to.
  private func isHeld(_ table: String) -> Bool { order.step(covering: table).map { !held[$0].isEmpty } ?? false }

  private func isReadable(_ table: String) -> Bool {
    order.references.contains(table) || order.claims.contains(table) || isHeld(table)
  }

  private static func precedes(_ one: [SQLValue], _ other: [SQLValue]) -> Bool {
    for (one, other) in zip(one, other) where one != other {
      return switch (one, other) {
      case (.text(let one), .text(let other)): one < other
      case (.integer(let one), .integer(let other)): one < other
      default: false
      }
    }
    return false
  }
}
