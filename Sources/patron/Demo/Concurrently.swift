extension Array where Element: Sendable {
  /// The elements in runs of at most `size`.
  func batches(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }

  /// Runs `operation` on every element, at most `limit` at once; the results stand in the elements' order. The first error ends all.
  @discardableResult
  func concurrently<Result: Sendable>(
    _ limit: Int, _ operation: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results = [Result?](repeating: nil, count: count)
      var started = 0
      while started < Swift.min(limit, count) {
        let index = started
        group.addTask { (index, try await operation(self[index])) }
        started += 1
      }
      while let (index, result) = try await group.next() {
        results[index] = result
        if started < count {
          let next = started
          group.addTask { (next, try await operation(self[next])) }
          started += 1
        }
      }
      return results.map { $0! }
    }
  }
}
