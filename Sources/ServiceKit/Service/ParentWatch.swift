import Foundation

/// Notices that the process which started this one has ended, however it ended.
///
/// It asks for the parent's id a few times a second. Linux could send a signal instead (PR_SET_PDEATHSIG), but it does so when
/// the parent's *thread* that forked ends, and a supervisor written in Swift forks on threads that come and go.
enum ParentWatch {
  static let interval = Duration.milliseconds(200)

  /// Returns when the parent has ended; throws when cancelled.
  static func parentHasEnded() async throws {
    let parent = getppid()
    while getppid() == parent { try await Task.sleep(for: interval) }
  }
}
