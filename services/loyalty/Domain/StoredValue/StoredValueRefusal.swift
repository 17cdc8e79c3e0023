/// Why stored value says no (the table stands in README.md).
enum StoredValueRefusal: Error, Equatable, Sendable {
  case accountUnknown
  case cardUnknown
  case policyUnknown(jurisdiction: String)
  /// The account's state forbids it.
  case accountState(ValueAccount.State)
  case expired
  case insufficient(spendable: Int64)
  /// Of a wallet that another member owns.
  case notTheMembers
  case currencyMismatch(account: String)
  case loadLimit(most: Int64)
  case balanceLimit(most: Int64)
  case dailyLimit(most: Int64)
  case bonusChanged(bonus: Int64)
  case referenceDiffers
  case pinWrong(triesLeft: Int)
  case pinLocked
  /// The account has a PIN, and nobody gave it.
  case pinRequired
  /// The card does not name the buyer, and nobody gave its number.
  case numberRequired
  case topUpUnknown
  /// More than is left of a top-up.
  case refundExceedsTopUp
  case nothingToTransfer
  case currencyFixed(String)
}

/// The bounds of what one request may say of stored value.
enum StoredValueLimits {
  static let maximumJurisdictionBytes = 8
  static let maximumPackages = 50
  static let maximumPINTries = 20
  static let maximumCardsPerRequest = 100
  static let maximumAccountsPerOrder = 32
  static let maximumPaymentReferenceBytes = 64
  /// For how long a reply that shows card numbers may be asked for again.
  static let cardSecretMinutes = 10
  /// For how long a right PIN, or a card's number, lets its client begin to spend.
  static let authorizationMinutes = 15
}
