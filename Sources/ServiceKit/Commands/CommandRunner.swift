public import Database
public import ProtobufC
public import RPC

/// Runs what changes something, once for each (client, method, request id).
///
/// The dedupe row, the effect and the reply's bytes commit in one transaction. A repeat answers with the bytes of the first
/// reply, for ever; a refusal leaves no row, so a retry after one may succeed; the same id with another body is refused with
/// ALREADY_EXISTS / REQUEST_ID_REUSED. Ids belong to the client that chose them: two clients may use the same.
///
///     func enrolMember(_ request: EnrolMemberRequest, context: ServerContext) async throws -> EnrolMemberResponse {
///       let memberID = environment.ids.next("mem")        // ids and time come before the closure, which may run twice
///       return try await commands.run(request, context) { transaction in … }
///     }
public struct CommandRunner: Sendable {
  private let database: Database
  private let clock: any WallClock
  private let bodyHash: BodyHash

  public init(database: Database, clock: any WallClock) {
    self.database = database
    self.clock = clock
    self.bodyHash = BodyHash(database: database)
  }

  /// The reply of `effect`, or of the earlier run of the same request.
  ///
  /// `effect` sees the transaction of the dedupe row. It may run more than once and has no effect but its SQL and its reply.
  public func run<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ request: Request, _ context: ServerContext, _ effect: @escaping @Sendable (Transaction) throws -> Reply
  ) async throws -> Reply {
    try RequestID.check(request.requestID)
    let key = RequestKey(client: context.caller.clientID, method: context.method.path, requestID: request.requestID)
    let hash = bodyHash(request, method: context.method.path)
    let now = clock.now()
    return try await database.write(deadline: context.deadline?.instant) { transaction in
      if let recorded = try transaction.replay(of: key, bodyHash: hash) {
        return try Reply(decoding: recorded)
      }
      let reply = try effect(transaction)
      try transaction.record(key, bodyHash: hash, reply: reply.encoded(), at: now)
      return reply
    }
  }

  /// The reply of an earlier run of `request`, if there was one: for a handler that must ask others before it may write.
  public func replay<Request: RequestIdentified, Reply: ProtobufMessage>(
    of request: Request, _ context: ServerContext, as reply: Reply.Type
  ) async throws -> Reply? {
    try RequestID.check(request.requestID)
    let key = RequestKey(client: context.caller.clientID, method: context.method.path, requestID: request.requestID)
    let hash = bodyHash(request, method: context.method.path)
    return try await database.read(for: context) { snapshot in
      try snapshot.replay(of: key, bodyHash: hash).map { try Reply(decoding: $0) }
    }
  }
}
