/// Remembers that the task that waits was cancelled, in case the news comes to the loop before the wait does.
///
/// `@unchecked Sendable`: touched on the loop's thread only.
final class CancellableWait: @unchecked Sendable {
  var isCancelled = false
}
