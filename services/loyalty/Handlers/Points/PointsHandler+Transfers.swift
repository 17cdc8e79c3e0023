internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

extension PointsHandler {
  func transferPoints(
    _ request: LoyaltyV1.TransferPointsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.TransferPointsResponse {
    try context.caller.require(anyOf: .loyaltyTransfer, .loyaltyWrite)
    let now = environment.clock.now()
    let transferID = environment.ids.next("ptr")
    let transfer = try read(request, transferID, at: now, origin(context, storeID: request.storeID, transferID: transferID))
    let ids = movementIDs()
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      let key = ValueReferenceStore.Key(kind: "points-transfer", storeID: "", reference: request.reference)
      var members = try MemberLedgers.open([transfer.fromMemberID, transfer.toMemberID], at: now, ids: ids, transaction)
      let made = try ValueReferenceStore.once(key, terms: transfer.terms, transaction) {
        try members.transfer(transfer, expectedFee: request.expectedFeePoints, at: now, transaction)
        return transfer.transferID
      }
      try members.closeQuietly()
      guard let transfer = try PointTransferStore.find(made, transaction) else { throw LedgerFault("a transfer is gone") }
      let balance = try BalanceReader.balance(of: transfer.fromMemberID, at: now, transaction)
      return LoyaltyV1.TransferPointsResponse(transfer: LoyaltyV1.PointTransfer(transfer), balance: LoyaltyV1.Balance(balance))
    }
  }

  private func read(
    _ request: LoyaltyV1.TransferPointsRequest, _ transferID: String, at now: Date, _ origin: LedgerOrigin
  ) throws -> PointTransfer {
    var errors = FieldErrors()
    let bytes = LoyaltyLimits.maximumIdentifierBytes
    errors.require(text: request.reference, "reference", upTo: bytes)
    errors.require(text: request.fromMemberID, "from_member_id", upTo: bytes)
    errors.require(text: request.toMemberID, "to_member_id", upTo: bytes)
    errors.require(request.fromMemberID != request.toMemberID, "to_member_id", "must be another member")
    errors.require(optionalText: request.storeID, "store_id", upTo: bytes)
    let most = LoyaltyLimits.maximumAdjustmentPoints
    errors.require((1...most).contains(request.points), "points", "must be 1 to \(most)")
    let kind = PointTransfer.Kind(request.kind)
    errors.require(kind != nil, "kind", "must be TRANSFER or GIFT")
    errors.require(optionalText: request.messageKey, "message_key", upTo: PointsLimits.maximumMessageKeyBytes)
    errors.require(request.messageKey.isEmpty || kind == .gift, "message_key", "is for gifts")
    errors.require((request.expectedFeePoints ?? 0) >= 0, "expected_fee_points", "must be 0 or more")
    try errors.throwIfAny()
    guard let kind else { preconditionFailure("a kind that is none was refused") }
    return PointTransfer(
      transferID: transferID, reference: request.reference, fromMemberID: request.fromMemberID, toMemberID: request.toMemberID, kind: kind,
      points: request.points, messageKey: request.messageKey, origin: origin, createdAt: now)
  }

  func reverseTransfer(
    _ request: LoyaltyV1.ReverseTransferRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ReverseTransferResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    try requireTransfer(request.transferID, reason: request.reason)
    // Whose rows it concerns never changes, and says which are taken.
    let known = try await environment.database.read(for: context) { try PointTransferStore.find(request.transferID, $0) }
    guard let known else { throw PointsRefusal.transferUnknown }
    let (now, ids) = (environment.clock.now(), movementIDs())
    let reversal = PointTransfer.Reversal(at: now, reason: request.reason, origin: origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      try MemberLedgers.reverse(known, reversal, ids: ids, transaction)
      guard let transfer = try PointTransferStore.find(known.transferID, transaction) else { throw LedgerFault("a transfer is gone") }
      let balance = try BalanceReader.balance(of: known.fromMemberID, at: now, transaction)
      return LoyaltyV1.ReverseTransferResponse(transfer: LoyaltyV1.PointTransfer(transfer), balance: LoyaltyV1.Balance(balance))
    }
  }

  func getTransfer(_ request: LoyaltyV1.GetTransferRequest, context: ServerContext) async throws -> LoyaltyV1.GetTransferResponse {
    try context.caller.require(anyOf: .membersRead)
    try requireTransfer(request.transferID, reason: nil)
    let transfer = try await environment.database.read(for: context) { try PointTransferStore.find(request.transferID, $0) }
    guard let transfer else { throw PointsRefusal.transferUnknown }
    return LoyaltyV1.GetTransferResponse(transfer: LoyaltyV1.PointTransfer(transfer))
  }

  func listTransfers(_ request: LoyaltyV1.ListTransfersRequest, context: ServerContext) async throws -> LoyaltyV1.ListTransfersResponse {
    try context.caller.require(anyOf: .membersRead)
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let list = "loyalty.transfers member=\(request.memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let key = try page.after.map { (createdAt: try $0.integer(0), transferID: try $0.text(1)) }
    return try await environment.database.read(for: context) { snapshot in
      let rows = try PointTransferStore.list(of: request.memberID, before: key, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.createdAt.microsecondsSince1970), .text($0.transferID)] }
      return LoyaltyV1.ListTransfersResponse(transfers: shown.map(LoyaltyV1.PointTransfer.init), nextPageToken: nextPageToken)
    }
  }

  private func requireTransfer(_ transferID: String, reason: String?) throws {
    var errors = FieldErrors()
    errors.require(text: transferID, "transfer_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    if let reason { errors.require(text: reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes) }
    try errors.throwIfAny()
  }
}
