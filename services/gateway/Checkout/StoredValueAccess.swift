import PatronAPI
import RPC
import ServiceKit

/// Turns what a till says of a wallet or a gift card into an account that may pay: a plan keeps neither numbers nor PINs.
struct StoredValueAccess: Sendable {
  let loyalty: Upstream
  let ids: any IDGenerator

  /// `accepted` with the accounts of its stored-value tenders, which stand in `tenders` at the same places. Loyalty is asked in the caller's own
  /// name, and only where there is a number or a PIN: whether an account's id alone will do, it says when the order is held.
  func authorize(
    _ accepted: [AcceptedTender], as tenders: [Tender], at path: String, _ chain: CallChain
  ) async throws -> [AcceptedTender] {
    guard accepted.contains(where: { $0.kind == .storedValue }) else { return accepted }
    try chain.caller.require(anyOf: .storedValueSpend)
    var accepted = accepted
    for index in accepted.indices where accepted[index].kind == .storedValue {
      let tender = tenders[index]
      guard !tender.cardNumber.isEmpty || !tender.pin.isEmpty else { continue }
      let reply = try await authorize(tender, chain)
      accepted[index].externalReference = reply.account?.accountID ?? ""
      accepted[index].authorizationID = reply.authorizationID
    }
    do throws(TenderRefusal) {
      try TenderRules.requireDistinctAccounts(accepted, at: path)
    } catch {
      throw error.refusal(currencyCode: "")
    }
    return accepted
  }

  private func authorize(_ tender: Tender, _ chain: CallChain) async throws -> LoyaltyV1.AuthorizeSpendResponse {
    let service = LoyaltyV1.StoredValueServiceClient(channel: loyalty.channel)
    let key: LoyaltyV1.StoredValueAccountKey.Key =
      tender.cardNumber.isEmpty ? .accountID(tender.externalReference) : .cardNumber(tender.cardNumber)
    // An id of its own for each attempt: a retry of the checkout asks anew, and a right PIN costs no try.
    let request = LoyaltyV1.AuthorizeSpendRequest(
      requestID: ids.next("aut"), account: LoyaltyV1.StoredValueAccountKey(key: key), pin: tender.pin)
    return try await loyalty.call(chain) { try await service.authorizeSpend(request, options: $0) }
  }
}
