internal import ArgumentParser
internal import Foundation
internal import FuzzTargets

/// The fuzzer's program: scripts/fuzz.sh builds it with AddressSanitizer and runs it.
@main struct RPCFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc-fuzz", abstract: "Feeds hostile bytes to everything that takes bytes from strangers.",
    subcommands: [Run.self, Record.self], defaultSubcommand: Run.self)
}

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Runs the corpus, and then changes of it that the seed determines.")

  @Option(help: "One of \(Fuzzing.targets.map { $0.name }.joined(separator: ", ")); all of them without it.") var target: String?
  @Option(help: "Determines every change.") var seed: UInt64 = 1
  @Option(help: "Changed inputs for each target.") var runs: UInt64 = 10_000
  @Option(help: "The number of the first, to come to a finding at once.") var first: UInt64 = 0
  @Option(help: "A folder with a folder for each target.") var corpus = "Tests/Fuzz/Corpus"
  @Option(help: "Where the input that is being run is written first; after a crash it is what crashed.") var current: String?

  func run() throws {
    let note = try CurrentInput(current)
    for target in Fuzzing.targets where self.target == nil || target.name == self.target {
      let began = ContinuousClock.now
      let range = runs == 0 ? nil : first...(first + runs - 1)
      try Fuzzing.run(target, corpus: corpus, seed: seed, runs: range) { note.write($0) }
      print("\(target.name): seed \(seed), runs \(first) to \(first + runs), \(ContinuousClock.now - began)")
    }
  }
}

struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Writes what honest peers say to each other into the corpus.")

  @Option var corpus = "Tests/Fuzz/Corpus"

  func run() throws {
    for transcript in try Recording.transcripts() {
      for target in transcript.targets {
        let folder = URL(fileURLWithPath: corpus).appendingPathComponent(target)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data((Fuzzing.hexadecimal(transcript.bytes) + "\n").utf8).write(to: folder.appendingPathComponent("\(transcript.name).hex"))
      }
    }
  }
}

/// A mapped file: what is written survives a crash of this process without a system call for each input.
private final class CurrentInput {
  private let memory: UnsafeMutableRawPointer?
  private static let capacity = 64 * 1024

  init(_ path: String?) throws {
    guard let path else {
      memory = nil
      return
    }
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0, ftruncate(file, off_t(CurrentInput.capacity)) == 0 else { throw ValidationError("cannot write \(path)") }
    memory = mmap(nil, CurrentInput.capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    close(file)
  }

  /// As lines of hexadecimal digits, cut at the file's length.
  func write(_ input: [UInt8]) {
    guard let memory else { return }
    let text = Array((Fuzzing.hexadecimal(input) + "\n").utf8.prefix(CurrentInput.capacity))
    memset(memory, 0x0a, CurrentInput.capacity)
    text.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }
}
