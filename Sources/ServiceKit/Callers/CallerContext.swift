public import RPC

extension ServerContext {
  /// Whoever makes this call. `Caller.nobody` until `CallAuthentication` has run.
  public var caller: Caller {
    get { self[CallerKey.self] }
    set { self[CallerKey.self] = newValue }
  }
}

private enum CallerKey: ServerContextKey {
  static let defaultValue = Caller.nobody
}
