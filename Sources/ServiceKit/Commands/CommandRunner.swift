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

  /// - Parameter sealingBodies: See `BodyHash`.
  public init(database: Database, clock: any WallClock, sealingBodies seal: KeyedHash? = nil) {
    self.database = database
    self.clock = clock
    self.bodyHash = BodyHash(database: database, seal: seal)
  }

  /// The reply of `effect`, or of the earlier run of the same request.
  ///
  /// `effect` sees the transaction of the dedupe row. It may run more than once and has no effect but its SQL and its reply. `replaying` sees
  /// an earlier reply before it goes out again, and may refuse it. `locks` says which rows guard it; see `LockOrder`.
  public func run<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ request: Request, _ context: ServerContext, locking locks: LockOrder? = nil,
    replaying: (@Sendable (Reply, Transaction) throws -> Void)? = nil,
    _ effect: @escaping @Sendable (Transaction) throws -> Reply
  ) async throws -> Reply {
    try RequestID.check(request.requestID)
    let key = RequestKey(client: context.caller.clientID, method: context.method.path, requestID: request.requestID)
    let hash = bodyHash(request, method: context.method.path)
    let now = clock.now()
    return try await database.write(for: context, locking: locks) { transaction in
      if let recorded = try transaction.replay(of: key, bodyHash: hash) {
        let reply = try Reply(decoding: recorded)
        try replaying?(reply, transaction)
        return reply
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

  /// For a service that begins to seal the bodies of its requests: makes those of `service`, a full name such as
  /// "patron.identity.v1.IdentityService", that were recorded before known to a runner with `seal`.
  package static func sealBodies(of service: String, in database: Database, under seal: KeyedHash) async throws {
    try await BodyHash.sealAll(of: service, in: database, under: seal)
  }
}
