import RPC
import Testing

/// Expects a call to be refused with a code and a reason, and answers the refusal for a closer look.
@discardableResult
func expectRefusal<Value>(
  _ code: StatusCode, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ call: () async throws -> Value
) async -> RPCError? {
  do {
    _ = try await call()
    Issue.record("the call was not refused", sourceLocation: sourceLocation)
  } catch let error as RPCError {
    #expect(error.code == code, sourceLocation: sourceLocation)
    #expect(error.reason == reason, sourceLocation: sourceLocation)
    return error
  } catch {
    Issue.record("not an RPC error: \(error)", sourceLocation: sourceLocation)
  }
  return nil
}
