internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

// Draws that are paid in points.
extension RewardHandler {
  func publishDraw(_ request: LoyaltyV1.PublishDrawRequest, context: ServerContext) async throws -> LoyaltyV1.PublishDrawResponse {
    try context.caller.require(anyOf: .rewardsWrite)
    let seed = environment.random.bytes(PrizeDraw.seedBytes)
    let draw = try PrizeDraw(
      publishing: request.draw ?? LoyaltyV1.Draw(), seed: seed, digest: Digests.sha256(seed), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      guard try DrawStore.find(draw.code, transaction) == nil else { throw DrawRefusal.drawExists }
      try DrawStore.insert(draw, transaction)
      return LoyaltyV1.PublishDrawResponse(draw: LoyaltyV1.Draw(draw))
    }
  }

  func getDraw(_ request: LoyaltyV1.GetDrawRequest, context: ServerContext) async throws -> LoyaltyV1.GetDrawResponse {
    try context.caller.require(anyOf: .rewardsRead, .rewardsRedeem)
    let code = try drawCode(request.drawCode)
    return try await environment.database.read(for: context) { snapshot in
      guard let draw = try DrawStore.find(code, snapshot) else { throw DrawRefusal.drawUnknown }
      return LoyaltyV1.GetDrawResponse(draw: LoyaltyV1.Draw(draw))
    }
  }

  func buyTickets(_ request: LoyaltyV1.BuyTicketsRequest, context: ServerContext) async throws -> LoyaltyV1.BuyTicketsResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    var errors = FieldErrors()
    let reference = StoredValueReading.identifier(request.reference, "reference", &errors)
    let code = StoredValueReading.identifier(request.drawCode, "draw_code", &errors)
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    let storeID = StoredValueReading.identifier(request.storeID, "store_id", &errors)
    errors.require(
      (1...DrawLimits.maximumTicketsAtOnce).contains(request.tickets), "tickets", "must be 1 to \(DrawLimits.maximumTicketsAtOnce)")
    try errors.throwIfAny()
    let (now, ids, purchaseID) = (environment.clock.now(), movementIDs(), environment.ids.next("tkt"))
    let origin = origin(context, storeID: storeID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.draw) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      let key = ValueReferenceStore.Key(kind: "tickets", storeID: storeID, reference: reference)
      let made = try ValueReferenceStore.once(key, terms: "\(code)|\(memberID)|\(request.tickets)", transaction) {
        try member.buy(
          request.tickets, of: code, as: purchaseID, reference: reference, origin: origin, digest: Digests.sha256)
        return purchaseID
      }
      let balance = try member.close()
      // A repeat has not taken the draw's row yet.
      _ = try DrawStore.take(code, transaction)
      guard let purchase = try TicketStore.find(made, transaction) else { throw LedgerFault("tickets vanished") }
      return LoyaltyV1.BuyTicketsResponse(purchase: LoyaltyV1.TicketPurchase(purchase), balance: LoyaltyV1.Balance(balance))
    }
  }

  func listTickets(_ request: LoyaltyV1.ListTicketsRequest, context: ServerContext) async throws -> LoyaltyV1.ListTicketsResponse {
    try context.caller.require(anyOf: .rewardsRead)
    let code = try drawCode(request.drawCode)
    let list = "loyalty.tickets draw=\(code)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after?.integer(0) ?? 0
    return try await environment.database.read(for: context) { snapshot in
      let rows = try TicketStore.list(of: code, after: after, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.firstNumber)] }
      return LoyaltyV1.ListTicketsResponse(purchases: shown.map(LoyaltyV1.TicketPurchase.init), nextPageToken: nextPageToken)
    }
  }

  func runDraw(_ request: LoyaltyV1.RunDrawRequest, context: ServerContext) async throws -> LoyaltyV1.RunDrawResponse {
    try context.caller.require(anyOf: .rewardsWrite)
    let code = try drawCode(request.drawCode)
    let (now, eventID) = (environment.clock.now(), eventID())
    let reply = try await environment.commands.run(request, context, locking: LoyaltyLocks.draw) { transaction in
      LoyaltyV1.RunDrawResponse(draw: LoyaltyV1.Draw(try DrawRunner.run(code, at: now, eventID: eventID, transaction)))
    }
    try await settle()
    return reply
  }

  func cancelDraw(_ request: LoyaltyV1.CancelDrawRequest, context: ServerContext) async throws -> LoyaltyV1.CancelDrawResponse {
    try context.caller.require(anyOf: .rewardsWrite)
    var errors = FieldErrors()
    let code = StoredValueReading.identifier(request.drawCode, "draw_code", &errors)
    let reason = StoredValueReading.reason(request.reason, &errors)
    try errors.throwIfAny()
    let (now, eventID) = (environment.clock.now(), eventID())
    let reply = try await environment.commands.run(request, context, locking: LoyaltyLocks.draw) { transaction in
      LoyaltyV1.CancelDrawResponse(
        draw: LoyaltyV1.Draw(try DrawRunner.cancel(code, reason: reason, at: now, eventID: eventID, transaction)))
    }
    try await settle()
    return reply
  }

  func listDrawWinners(
    _ request: LoyaltyV1.ListDrawWinnersRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListDrawWinnersResponse {
    try context.caller.require(anyOf: .rewardsRead)
    let code = try drawCode(request.drawCode)
    let list = "loyalty.draw-winners draw=\(code)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after?.integer(0) ?? 0
    return try await environment.database.read(for: context) { snapshot in
      let rows = try DrawStore.winners(of: code, after: after, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.place)] }
      return LoyaltyV1.ListDrawWinnersResponse(winners: shown.map(LoyaltyV1.DrawWinner.init), nextPageToken: nextPageToken)
    }
  }

  private func eventID() -> String {
    var ids = movementIDs()
    return ids.nextEvent()
  }

  private func drawCode(_ code: String) throws -> String {
    var errors = FieldErrors()
    let code = StoredValueReading.identifier(code, "draw_code", &errors)
    try errors.throwIfAny()
    return code
  }

  /// The draw is resolved whatever becomes of this: what is not settled now, the poster settles.
  private func settle() async throws {
    try await DrawSettler(environment: environment).pass { error in
      environment.logger.error("a draw could not be settled", metadata: ["error": "\(type(of: error))"])
    }
  }
}
