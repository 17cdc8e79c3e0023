import Foundation
import ServiceKit

/// The vault as members use it: a profile sealed and opened, and the hashes by which members are found.
struct MemberVault: Sendable {
  /// Of the companion database that holds the keys.
  static let databaseName = "keys"

  let vault: Vault
  private let random: any RandomSource
  private let phones: KeyedHash
  private let emails: KeyedHash
  private let externalIDs: KeyedHash

  init(_ vault: Vault, random: any RandomSource) {
    self.vault = vault
    self.random = random
    phones = vault.keyedHash("identity.phone")
    emails = vault.keyedHash("identity.email")
    externalIDs = vault.keyedHash("identity.external-id")
  }

  // MARK: Sealing

  /// The columns of a profile, or those of them that are named.
  func seal(
    _ profile: MemberProfile, _ columns: some Sequence<ProfileColumn> = ProfileColumn.allCases, under key: DataKey
  ) throws -> SealedProfile {
    var sealed = SealedProfile()
    for column in columns {
      sealed[column] = try column.bytes(of: profile).map { try key.seal($0, for: column.place, random: random) }
    }
    return sealed
  }

  /// The profile that was sealed; what is stored in plain is the caller's to add.
  func open(_ sealed: SealedProfile, under key: DataKey) throws(VaultError) -> MemberProfile {
    var profile = MemberProfile()
    for column in ProfileColumn.allCases {
      guard let bytes = sealed[column] else { continue }
      column.read(try key.open(bytes, of: column.place), into: &profile)
    }
    return profile
  }

  // MARK: Finding

  func hashes(of profile: MemberProfile) -> ProfileHashes {
    ProfileHashes(
      phone: profile.phone.map(hash), email: profile.email.map(hash), externalID: profile.externalID.map { hash(externalID: $0) })
  }

  func hash(_ phone: PhoneNumber) -> [UInt8] { phones(phone.canonical) }
  func hash(_ email: EmailAddress) -> [UInt8] { emails(email.key) }
  func hash(externalID: String) -> [UInt8] { externalIDs(externalID) }
}
