import Database

/// Deadlines that must pass while work runs, on a machine that may be too busy to begin it in time.
enum Patience {
  /// How `work` fails at a deadline that came after its beginning: one that passes before is followed by a later one.
  static func error(_ work: (_ deadline: ContinuousClock.Instant) async throws -> Void) async -> DatabaseError? {
    var patience = Duration.milliseconds(20)
    while true {
      do {
        try await work(.now + patience)
        return nil
      } catch {
        guard error as? DatabaseError == .deadlineExceeded else { return error as? DatabaseError }
        patience *= 2
      }
    }
  }
}
