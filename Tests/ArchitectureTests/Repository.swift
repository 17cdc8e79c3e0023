import Foundation

/// The repository as files: what the rules are read from.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let services = ["identity", "loyalty", "campaign", "inventory", "gateway"]

  struct Source: Sendable {
    let path: String
    let text: String
    let imports: Set<String>
  }

  static func text(of path: String) throws -> String { try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path) }

  /// Every Swift file below `folder`, with the modules that it imports.
  static func sources(below folder: String) throws -> [Source] {
    let base = root.appendingPathComponent(folder)
    let files = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    return try files.filter { $0.pathExtension == "swift" && !$0.path.contains("/.build/") }.map { file in
      let text = try String(contentsOf: file, encoding: .utf8)
      let imports = text.split(separator: "\n").compactMap(importedModule)
      return Source(path: String(file.path.dropFirst(root.path.count + 1)), text: text, imports: Set(imports))
    }
  }

  private static func importedModule(_ line: Substring) -> String? {
    let words = line.split(separator: " ").map(String.init)
    guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
      words[..<position].allSatisfy({ ["public", "package", "internal", "private", "fileprivate"].contains($0) || $0.hasPrefix("@") })
    else { return nil }
    let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let module = kinds.contains(words[position + 1]) ? words[position + 2] : words[position + 1]
    return module.split(separator: ".").first.map(String.init)
  }
}
