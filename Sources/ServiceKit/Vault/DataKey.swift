import Crypto
package import Foundation

/// The key of one owner, such as a member: it seals the columns of the owner's rows. With it goes all that it sealed.
package struct DataKey: Sendable {
  package let ownerID: String
  let secret: SymmetricKey
  private let ownerPart: [UInt8]

  init(ownerID: String, secret: SymmetricKey) {
    self.ownerID = ownerID
    self.secret = secret
    ownerPart = SealedBytes.part(ownerID)
  }

  /// The bytes to store in `column` of the owner's row.
  package func seal(_ plain: some DataProtocol, for column: SealedColumn, random: any RandomSource) throws -> [UInt8] {
    try SealedBytes.seal(plain, under: secret, context: context(of: column), random: random)
  }

  /// What `seal` was given. Bytes of another column, row or owner do not open, and neither do altered ones.
  package func open(_ sealed: [UInt8], of column: SealedColumn) throws(VaultError) -> Data {
    do {
      return try SealedBytes.open(sealed, under: secret, context: context(of: column))
    } catch {
      throw .doesNotOpen(column: column.description, ownerID: ownerID)
    }
  }

  private func context(of column: SealedColumn) -> [UInt8] { column.context + ownerPart }
}

/// A column whose values are sealed under the key of the row's owner. Its name is sealed in with them: a column that is renamed keeps the old
/// name here.
package struct SealedColumn: Sendable, CustomStringConvertible {
  package let description: String
  let context: [UInt8]

  package init(_ table: String, _ name: String) {
    description = "\(table).\(name)"
    context = SealedBytes.context(table, name)
  }
}

/// Sealed data and its key do not fit. Carries ids and names of columns, never a value or a key.
package enum VaultError: FaultDescribing, Equatable, CustomStringConvertible {
  /// The column's bytes were altered, moved, or sealed under another key.
  case doesNotOpen(column: String, ownerID: String)
  /// The owner's row is there and its key is not.
  case keyMissing(ownerID: String)
  /// The wrapped key was altered or moved, or the ring's key of this id is another one.
  case keyDoesNotUnwrap(name: String, masterKeyID: String)

  package var description: String {
    switch self {
    case .doesNotOpen(let column, let ownerID): "the sealed \(column) of \(ownerID) does not open under its key"
    case .keyMissing(let ownerID): "there is no key of \(ownerID)"
    case .keyDoesNotUnwrap(let name, let masterKeyID): "the key of \(name) does not unwrap under the master key \(masterKeyID)"
    }
  }
}
