import Database
import PatronAPI
import RPC
import ServiceKit

extension MembersHandler {
  /// The line in the erasure log is the decision: what follows may fail or be cut off, and is then done at the next start at the latest.
  func eraseMember(
    _ request: IdentityV1.EraseMemberRequest, context: ServerContext
  ) async throws -> IdentityV1.EraseMemberResponse {
    try context.caller.require(anyOf: .membersErase)
    return try await members.erasures.turns.run { try await eraseInTurn(request, context) }
  }

  private func eraseInTurn(
    _ request: IdentityV1.EraseMemberRequest, _ context: ServerContext
  ) async throws -> IdentityV1.EraseMemberResponse {
    let now = environment.clock.now()
    let memberID = request.memberID
    let eventID = environment.ids.next("evt")
    let caller = context.caller
    if let reply = try await members.commands.replay(of: request, context, as: IdentityV1.EraseMemberResponse.self) {
      // The first run may have ended before this.
      try await members.erasures.destroyKeys(of: [memberID])
      return reply
    }
    switch try await environment.database.read(for: context, { try MemberStore.standing(of: memberID, in: $0) }) {
    case .absent: throw Refusal.memberNotFound
    case .present:
      try await members.erasures.log.add(
        [ErasureLog.Entry(memberID: memberID, time: now)],
        for: RequestKey(client: caller.clientID, method: context.method.path, requestID: request.requestID))
    case .erased: break
    }
    environment.faults.reach(IdentityApp.FaultPoint.eraseLogged)
    let reply = try await members.commands.run(request, context) { transaction in
      if try ErasureStore.erase(memberID: memberID, at: now, in: transaction) {
        try transaction.append(
          IdentityEvents.erased(memberID: memberID, clientID: caller.clientID, staffID: caller.staffID, eventID: eventID, at: now))
      }
      return IdentityV1.EraseMemberResponse(memberID: memberID)
    }
    environment.faults.reach(IdentityApp.FaultPoint.eraseRowCommitted)
    try await members.erasures.destroyKeys(of: [memberID])
    return reply
  }
}
