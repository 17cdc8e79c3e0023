import Testing

/// Every reason that a program may read stands in a table that a person may read.
@Suite struct ReasonRules {
  private static let shared = "proto/REASONS.md"

  /// The literals of UPPER_SNAKE. Nothing else in the services is spelt so.
  private func reasons(below folder: String) throws -> [(reason: String, path: String)] {
    try Repository.sources(below: folder).flatMap { source in
      source.text.matches(of: /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/).map { (String($0.1), source.path) }
    }
  }

  @Test(arguments: Repository.services) func `a service's reasons stand in its README or in the shared table`(service: String) throws {
    var tables = try Repository.text(of: "services/\(service)/README.md") + Repository.text(of: Self.shared)
    // What the services behind it refuse, the gateway passes on.
    if service == "gateway" { for other in Repository.services { tables += try Repository.text(of: "services/\(other)/README.md") } }
    let found = try reasons(below: "services/\(service)")
    #expect(!found.isEmpty)
    for (reason, path) in found { #expect(tables.contains(reason), "\(reason) of \(path)") }
  }

  @Test func `the reasons of ServiceKit stand in the shared table`() throws {
    let table = try Repository.text(of: Self.shared)
    for (reason, path) in try reasons(below: "Sources/ServiceKit") { #expect(table.contains("`\(reason)`"), "\(reason) of \(path)") }
    // Reasons of one word, which the rule above cannot tell from other text.
    let mapping = try Repository.text(of: "Sources/ServiceKit/Errors/ErrorMapping.swift")
    for match in mapping.matches(of: /"([A-Z]{5,})"/) { #expect(table.contains("`\(match.1)`"), "\(match.1)") }
  }

  @Test(arguments: Repository.services) func `a service's README links to the shared table`(service: String) throws {
    #expect(try Repository.text(of: "services/\(service)/README.md").contains("(../../proto/REASONS.md)"))
  }
}
