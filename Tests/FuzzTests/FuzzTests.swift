import Foundation
import FuzzTargets
import Testing

/// The fuzzer's corpus, findings of the past among it, and a short run of each target. `make fuzz` runs longer, under AddressSanitizer.
@Suite(.timeLimit(.minutes(10))) struct FuzzTests {
  private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Fuzz/Corpus").path
  private static let runs: UInt64 = 300

  @Test(arguments: Fuzzing.targets.map { $0.name }) func nothingIsFoundInAShortRun(_ name: String) async throws {
    let target = try #require(Fuzzing.targets.first { $0.name == name })
    // The targets wait for event loops; a thread of its own keeps that from other tests.
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      Thread.detachNewThread {
        continuation.resume(with: Result { try Fuzzing.run(target, corpus: Self.corpus, seed: 1, runs: 0...Self.runs) })
      }
    }
  }

  @Test func everyInputOfTheCorpusIsSmallAndForATarget() throws {
    let names = Set(Fuzzing.targets.map { $0.name })
    for path in try FileManager.default.subpathsOfDirectory(atPath: Self.corpus) where path.hasSuffix(".hex") {
      #expect(names.contains(String(path.split(separator: "/")[0])), "\(path)")
      let attributes = try FileManager.default.attributesOfItem(atPath: Self.corpus + "/" + path)
      #expect((attributes[.size] as? Int).map { $0 <= 8192 } == true, "\(path)")
    }
  }
}
