/// Who asks: the client that the gateway authenticated, as it vouched for them in signed metadata.
///
/// `CallAuthentication` puts it into the call's context before any handler runs; a handler reads `context.caller`.
public struct Caller: Sendable, Equatable {
  /// "cli_…", or the name of a Patron service that calls in its own name, such as "gateway".
  public var clientID: String
  /// The member of staff at the till; empty when the client named none.
  public var staffID: String
  /// What the client may do, by the names of `Scope`; "*" is everything. A name that this version does not know opens nothing.
  public var scopes: Set<String>
  /// The only stores it may act for; empty means any.
  public var storeIDs: Set<String>
  /// The id that every log line of this request carries, in every service that it reaches. No part of what is signed.
  public var logID: String

  public init(clientID: String, staffID: String = "", scopes: Set<String>, storeIDs: Set<String> = [], logID: String = "") {
    self.clientID = clientID
    self.staffID = staffID
    self.scopes = scopes
    self.storeIDs = storeIDs
    self.logID = logID
  }

  /// The client id of whoever calls a service that runs alone on loopback without a key ring.
  public static let localDevelopmentClientID = "local-development"

  /// Whoever calls a service that has no key ring, which only loopback allows: everything is permitted.
  public static let localDevelopment = Caller(clientID: localDevelopmentClientID, scopes: [Scope.everything])

  /// Nobody: what a call's context holds before authentication. It may do nothing.
  public static let nobody = Caller(clientID: "", scopes: [])

  /// Whether the caller holds `scope`.
  public func may(_ scope: Scope) -> Bool {
    scopes.contains(scope.rawValue) || scopes.contains(Scope.everything)
  }

  /// Refuses with PERMISSION_DENIED / SCOPE_MISSING unless the caller holds one of `alternatives`.
  public func require(anyOf alternatives: Scope...) throws(Refusal) {
    try require(anyOf: alternatives)
  }

  /// The same for a table's row.
  public func require(anyOf alternatives: [Scope]) throws(Refusal) {
    guard alternatives.contains(where: may) else {
      let names = alternatives.map(\.rawValue).joined(separator: " or ")
      throw Refusal(.permissionDenied, "SCOPE_MISSING", "the client lacks the scope \(names)", metadata: ["scope": names])
    }
  }

  /// Refuses with PERMISSION_DENIED / STORE_NOT_ALLOWED unless the caller may act for `storeID`.
  public func require(storeID: String) throws(Refusal) {
    guard storeIDs.isEmpty || storeIDs.contains(storeID) else {
      throw Refusal(
        .permissionDenied, "STORE_NOT_ALLOWED", "the client may not act for this store", metadata: ["store_id": storeID])
    }
  }
}
