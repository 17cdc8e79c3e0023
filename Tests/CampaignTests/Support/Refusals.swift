import RPC
import Testing

/// Expects `call` to be refused with this code and reason.
func expectRefusal(
  _ code: StatusCode, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
) async {
  do {
    try await call()
    Issue.record("the call was not refused", sourceLocation: sourceLocation)
  } catch let error as RPCError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(error.reason == reason, "\(error)", sourceLocation: sourceLocation)
    #expect(error.domain == "campaign.patron", "\(error)", sourceLocation: sourceLocation)
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
}

/// Expects `call` to be refused as invalid in exactly these fields.
func expectInvalid(
  _ fields: [String], sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
) async {
  do {
    try await call()
    Issue.record("the call was not refused", sourceLocation: sourceLocation)
  } catch let error as RPCError {
    #expect(error.code == .invalidArgument, "\(error)", sourceLocation: sourceLocation)
    #expect(error.fieldViolations.map(\.field) == fields, "\(error)", sourceLocation: sourceLocation)
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
}
