/// What a task waits by on an event loop. Debug builds, and so the tests, check that each is resumed exactly once; in a release build
/// the check would cost a call an allocation and a thousand instructions.
#if DEBUG
  typealias Suspension<Value> = CheckedContinuation<Value, any Error>
#else
  typealias Suspension<Value> = UnsafeContinuation<Value, any Error>
#endif

/// Suspends the task until `body`, or whoever it gives the suspension to, resumes it.
func suspendTask<Value: Sendable>(_ body: (Suspension<Value>) -> Void) async throws -> Value {
  #if DEBUG
    try await withCheckedThrowingContinuation { body($0) }
  #else
    try await withUnsafeThrowingContinuation { body($0) }
  #endif
}
