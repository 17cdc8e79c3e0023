/// Whether the day is as it should be: what decides the exit code.
struct DemoVerdict {
  let checks: [DemoReconciliation.Check]
  /// What `patron verify` finds, a line each.
  let differences: [String]
  /// How each sale and return ended, against an earlier run on the same data.
  let endings: [TillJournal.Ending]
  /// Whether this run was to change nothing.
  let expectsReplay: Bool

  private var changed: Int { endings.filter { $0 == .changed }.count }
  private var new: Int { endings.filter { $0 == .new }.count }

  var holds: Bool { differences.isEmpty && checks.allSatisfy(\.holds) && changed == 0 && !(expectsReplay && new > 0) }

  var lines: [String] {
    var lines = checks.map { check in
      check.holds
        ? "  ✓ \(padRight(check.name, 64)) \(check.found)" : "  ✗ \(check.name): expected \(check.expected), found \(check.found)"
    }
    lines.append(differences.isEmpty ? "  ✓ patron verify finds no difference" : "  ✗ patron verify finds \(differences.count):")
    lines += differences.map { "      \($0)" }
    if changed > 0 { lines.append("  ✗ \(changed) receipts and returns differ from the first run's") }
    if expectsReplay {
      lines.append(
        new == 0 ? "  ✓ every receipt, return and refusal is the first run's" : "  ✗ \(new) were new: this run was to change nothing")
    }
    return lines
  }
}
