/// Whether the day is as it should be: what decides the exit code.
struct DemoVerdict {
  let checks: [DemoReconciliation.Check]
  /// What `patron verify` finds, a line each.
  let differences: [String]
  /// Whether it compared sums; it cannot while the services are busy, and proves nothing then.
  let isProven: Bool
  /// How each sale and return ended, against an earlier run on the same data.
  let endings: [TillJournal.Ending]
  /// Whether this run was to change nothing.
  let expectsReplay: Bool

  private var changed: Int { endings.filter { $0 == .changed }.count }
  private var new: Int { endings.filter { $0 == .new }.count }

  var holds: Bool { differences.isEmpty && isProven && checks.allSatisfy(\.holds) && changed == 0 && !(expectsReplay && new > 0) }

  var lines: [String] {
    var lines = checks.map { check in
      check.holds
        ? "  ✓ \(padRight(check.name, 64)) \(check.found)" : "  ✗ \(check.name): expected \(check.expected), found \(check.found)"
    }
    if !differences.isEmpty {
      lines.append("  ✗ patron verify finds \(differences.count):")
    } else {
      lines.append(
        isProven ? "  ✓ patron verify finds no difference" : "  ✗ patron verify could compare no sums: the services never stood still")
    }
    lines += differences.map { "      \($0)" }
    if changed > 0 { lines.append("  ✗ \(changed) receipts and returns differ from the first run's") }
    if expectsReplay {
      lines.append(
        new == 0 ? "  ✓ every receipt, return and refusal is the first run's" : "  ✗ \(new) were new: this run was to change nothing")
    }
    return lines
  }
}
