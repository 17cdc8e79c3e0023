import ArgumentParser

/// Where the system's data lies.
struct DataOptions: ParsableArguments {
  @Option(help: "The data folder: databases, keys, logs.") var data = "./data"

  var folder: DataFolder { DataFolder(data) }
}
