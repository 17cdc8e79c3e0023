import RPC

/// Establishes who calls. Health and reflection are open to whoever can connect; they reach nobody's data.
struct CallAuthentication: ServerInterceptor {
  let authenticator: any CallerAuthenticator

  func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { method.isOpenToAll ? nil : self }

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    var caller = try await authenticator.caller(of: context)
    // A signed caller brings the id by which the gateway logs the request.
    caller.logID = context.notes.note(clientID: caller.clientID, logID: caller.logID)
    var authenticated = context
    authenticated.caller = caller
    return try await next(authenticated)
  }
}

extension MethodDescriptor {
  /// Health and reflection, which monitors call all day long.
  var isOpenToAll: Bool { service.hasPrefix("grpc.") }
}
