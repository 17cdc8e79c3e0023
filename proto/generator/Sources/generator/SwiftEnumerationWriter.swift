/// Writes one enumeration; proto3's are open, so each has a case for numbers that this build does not know.
struct SwiftEnumerationWriter {
  let name: String

  func write(_ enumeration: Contract.Enumeration, to code: inout CodeWriter) {
    // Aliases (a second name for a number) keep the first name.
    var seen: Set<Int32> = []
    let values = enumeration.values.filter { seen.insert($0.number).inserted }
    func caseName(_ value: Contract.Enumeration.Value) -> String { SwiftNames.enumerationCase(value.name, of: enumeration.name) }

    code.documentation(enumeration.comment)
    code.block("public enum \(name): ProtobufEnum") { code in
      for value in values {
        code.documentation(value.comment)
        code.line("case \(caseName(value))")
      }
      code.line("/// A number that this build does not know.")
      code.line("case unrecognized(Int32)")
      code.line()
      code.block("public init(rawValue: Int32)") { code in
        code.block("switch rawValue") { code in
          for value in values { code.line("case \(value.number): self = .\(caseName(value))") }
          code.line("default: self = .unrecognized(rawValue)")
        }
      }
      code.line()
      code.block("public var rawValue: Int32") { code in
        code.block("switch self") { code in
          for value in values { code.line("case .\(caseName(value)): \(value.number)") }
          code.line("case .unrecognized(let rawValue): rawValue")
        }
      }
      code.line()
      code.line("public static let allKnownCases: [\(name)] = [\(values.map { "." + caseName($0) }.joined(separator: ", "))]")
    }
  }
}
