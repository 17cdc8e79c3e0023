import Foundation

/// A named thread that runs one function to its end. Who keeps the value may wait for that end; without it the thread frees itself.
///
/// `@unchecked Sendable`: the identifier is written once, before the value is shared; `isJoined` by the one caller of `join`.
final class DatabaseThread: @unchecked Sendable {
  private var identifier = pthread_t()
  private var isJoined = false

  /// `name` has at most 15 characters (a limit of Linux).
  init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    let code = pthread_create(
      &identifier, nil,
      { context in
        let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
        Thread.current.name = start.name
        start.body()
        return nil
      }, start.toOpaque())
    precondition(code == 0, "the system refuses to start a thread")
  }

  /// Waits for the end of the thread; called once, from another thread.
  func join() {
    isJoined = true
    pthread_join(identifier, nil)
  }

  deinit { if !isJoined { pthread_detach(identifier) } }

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
}
