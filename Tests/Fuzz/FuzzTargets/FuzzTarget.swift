internal import Foundation

/// Code that takes bytes from strangers, and what must hold whatever they are.
package protocol FuzzTarget: SendableMetatype {
  static var name: String { get }
  init() throws
  /// Inputs that are honest, besides those of the corpus.
  func seeds() throws -> [[UInt8]]
  /// Takes the input in. A crash, or a finding that is thrown, is what the fuzzer looks for.
  mutating func run(_ input: [UInt8], _ random: inout FuzzRandom) throws
}

extension FuzzTarget {
  package func seeds() throws -> [[UInt8]] { [] }
}

/// Something that must hold and does not.
package struct Finding: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Runs a target on its corpus, and then on changes of it that the seed determines.
package enum Fuzzing {
  package static let targets: [any FuzzTarget.Type] = [
    FramesTarget.self, ServerTarget.self, ClientTarget.self, RequestHeadTarget.self, ResponseHeadTarget.self, DeframerTarget.self,
    MetadataTarget.self, TimeoutTarget.self, GzipTarget.self, MessagesTarget.self,
  ]

  /// A finding with all that is needed to see it again.
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// - Parameters:
  ///   - corpus: the folder that holds a folder for each target, with a file of hexadecimal digits for each input.
  ///   - note: gets each input before it is run, so that a crash does not take it along.
  package static func run(
    _ target: any FuzzTarget.Type, corpus: String, seed: UInt64, runs: ClosedRange<UInt64>?, note: ([UInt8]) -> Void = { _ in }
  ) throws {
    var instance = try target.init()
    let corpus = try inputs(corpus + "/" + target.name)
    let seeds = try corpus + instance.seeds()
    if runs == nil || runs?.lowerBound == 0 {
      for input in seeds { try run(&instance, input, FuzzRandom(seed: seed), "the corpus", note) }
    }
    let mutator = Mutator(seeds: seeds)
    for number in runs ?? 0...0 where runs != nil {
      var random = FuzzRandom(seed: seed &* 0x2545_f491_4f6c_dd1d &+ number)
      let input = mutator.mutate(seeds.randomElement(using: &random) ?? [], &random)
      try run(&instance, input, random, "seed \(seed), run \(number)", note)
    }
  }

  private static func run(
    _ target: inout any FuzzTarget, _ input: [UInt8], _ random: FuzzRandom, _ origin: String, _ note: ([UInt8]) -> Void
  ) throws {
    note(input)
    var random = random
    do {
      try target.run(input, &random)
    } catch {
      throw Failure(description: "\(type(of: target).name): \(error)\n  \(origin), input \(hexadecimal(input))")
    }
  }

  private static func inputs(_ folder: String) throws -> [[UInt8]] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { file in
      try bytes(hexadecimal: String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))
    }
  }

  /// Digits in pairs; what follows a `#` is a remark.
  static func bytes(hexadecimal text: String) throws -> [UInt8] {
    let digits = text.split(separator: "\n").flatMap { line in line.prefix { $0 != "#" }.filter { !$0.isWhitespace } }
    guard digits.count % 2 == 0 else { throw Finding("an input of the corpus has an odd number of digits") }
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      guard let byte = UInt8(String(digits[index...index + 1]), radix: 16) else {
        throw Finding("an input of the corpus has other than digits")
      }
      return byte
    }
  }

  package static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension Array where Element == UInt8 {
  /// The same bytes in a few pieces, some of them short.
  func split(_ random: inout FuzzRandom) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    let longest = random.chance(2) ? 8 : 300
    while start < count {
      let length = Swift.min(count - start, random.below(longest) + 1)
      pieces.append(Array(self[start..<start + length]))
      start += length
    }
    return pieces
  }
}
