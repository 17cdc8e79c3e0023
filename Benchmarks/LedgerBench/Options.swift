struct Options {
  var operations = 100_000
  var jsonPath: String?

  init(_ arguments: some Sequence<String>) {
    var iterator = arguments.makeIterator()
    while let argument = iterator.next() {
      guard let value = iterator.next() else { fatalError("\(argument) needs a value") }
      switch argument {
      case "--operations": operations = Int(value) ?? operations
      case "--json": jsonPath = value
      default: fatalError("unknown option \(argument); there are --operations N and --json PATH")
      }
    }
  }
}
