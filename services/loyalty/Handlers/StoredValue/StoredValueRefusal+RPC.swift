internal import RPC
internal import ServiceKit

/// Stored value's refusals as the wire shows them; the README's table lists them.
extension StoredValueRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .accountUnknown: Refusal(.notFound, "ACCOUNT_UNKNOWN", "there is no such account")
    case .cardUnknown: Refusal(.notFound, "CARD_UNKNOWN", "there is no such card")
    case .policyUnknown(let jurisdiction):
      Refusal(.failedPrecondition, "POLICY_UNKNOWN", "no policy is published there", metadata: ["jurisdiction": jurisdiction])
    case .accountState(let state):
      Refusal(.failedPrecondition, "ACCOUNT_NOT_ACTIVE", "the account is \(state)", metadata: ["state": "\(state)".uppercased()])
    case .expired: Refusal(.failedPrecondition, "CARD_EXPIRED", "the card's last day has passed")
    case .insufficient(let spendable):
      Refusal(
        .failedPrecondition, "INSUFFICIENT_STORED_VALUE", "less than that is spendable",
        metadata: ["spendable_minor_units": String(spendable)])
    case .notTheMembers: Refusal(.failedPrecondition, "WALLET_OF_ANOTHER", "the wallet is not the buyer's")
    case .currencyMismatch(let currencyCode):
      Refusal(.invalidArgument, "CURRENCY_MISMATCH", "the account has another currency", metadata: ["currency_code": currencyCode])
    case .loadLimit(let most): Self.limit("LOAD_LIMIT", "more than one top-up may bring", most)
    case .balanceLimit(let most): Self.limit("BALANCE_LIMIT", "the account may not hold so much principal", most)
    case .dailyLimit(let most): Self.limit("DAILY_LOAD_LIMIT", "more than a day's top-ups may bring", most)
    case .bonusChanged(let bonus):
      Refusal(.failedPrecondition, "BONUS_CHANGED", "the bonus is another by now", metadata: ["bonus_minor_units": String(bonus)])
    case .referenceDiffers: Refusal(.alreadyExists, "REFERENCE_DIFFERS", "the reference names a command with other terms")
    case .pinWrong(let triesLeft):
      Refusal(.permissionDenied, "PIN_WRONG", "the PIN is wrong", metadata: ["tries_left": String(triesLeft)])
    case .pinLocked: Refusal(.failedPrecondition, "PIN_LOCKED", "too many wrong PINs; staff must unlock it")
    case .pinRequired: Refusal(.failedPrecondition, "PIN_REQUIRED", "the account has a PIN, and it was not given, or too long ago")
    case .numberRequired:
      Refusal(.failedPrecondition, "CARD_NUMBER_REQUIRED", "the card is not the buyer's, and its number was not given, or too long ago")
    case .topUpUnknown: Refusal(.notFound, "TOP_UP_UNKNOWN", "there is no such top-up")
    case .refundExceedsTopUp:
      Refusal(.failedPrecondition, "REFUND_EXCEEDS_TOP_UP", "more than is left of the top-up's principal")
    case .nothingToTransfer: Refusal(.failedPrecondition, "NOTHING_TO_TRANSFER", "nothing is left that could be moved")
    case .currencyFixed(let currencyCode):
      Refusal(
        .failedPrecondition, "CURRENCY_FIXED", "the jurisdiction's first policy fixed its currency",
        metadata: ["currency_code": currencyCode])
    }
  }

  private static func limit(_ reason: String, _ message: String, _ most: Int64) -> Refusal {
    Refusal(.failedPrecondition, reason, message, metadata: ["limit_minor_units": String(most)])
  }
}
