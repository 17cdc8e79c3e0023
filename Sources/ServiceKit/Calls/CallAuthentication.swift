import RPC

/// Establishes who calls, by asking. Health and reflection are open to whoever can connect; they reach nobody's data.
struct CallAuthentication: ServerInterceptor {
  let authenticator: any CallerAuthenticator

  func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { method.isOpenToAll ? nil : self }

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    var authenticated = context
    authenticated.authenticate(as: try await authenticator.caller(of: context))
    return try await next(authenticated)
  }
}

/// Establishes who calls, by the gateway's signature.
struct SignedCallAuthentication: StepInterceptor {
  let callers: SignedCallers

  func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { method.isOpenToAll ? nil : self }

  func begins(_ context: inout ServerContext) throws {
    context.authenticate(as: try callers.caller(of: context))
  }
}

extension ServerContext {
  fileprivate mutating func authenticate(as caller: Caller) {
    var caller = caller
    // One that came through the gateway brings the id by which the gateway logs the request.
    caller.logID = notes.note(clientID: caller.clientID, logID: caller.logID)
    self.caller = caller
  }
}

extension MethodDescriptor {
  /// Health and reflection, which monitors call all day long.
  var isOpenToAll: Bool { service.hasPrefix("grpc.") }
}
