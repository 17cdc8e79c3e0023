import RPC

/// Sends `count` calls at once and collects what each answered or threw.
func concurrently<Value: Sendable>(
  _ count: Int, _ call: @escaping @Sendable (Int) async throws -> Value
) async -> [Result<Value, any Error>] {
  await withTaskGroup(of: Result<Value, any Error>.self) { group in
    for index in 0..<count {
      group.addTask {
        do { return .success(try await call(index)) } catch { return .failure(error) }
      }
    }
    return await group.reduce(into: []) { $0.append($1) }
  }
}

extension [Result<Bool, any Error>] {
  /// How many answered true.
  var yesCount: Int { filter { (try? $0.get()) == true }.count }
}

extension Array {
  /// The reasons of the calls that were refused.
  func reasons<Value>() -> [String] where Element == Result<Value, any Error> {
    compactMap { result in
      if case .failure(let error) = result { return (error as? RPCError)?.reason ?? String(describing: error) }
      return nil
    }
  }
}
