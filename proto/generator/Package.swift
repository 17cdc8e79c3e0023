// swift-tools-version: 6.1
import PackageDescription

// The code generator. A package of its own, without dependencies, so that it builds in seconds and regenerating the messages never
// waits for a build of what is generated from them.

let package = Package(
  name: "generator",
  platforms: [.macOS(.v15)],
  targets: [
    .target(name: "CDescriptor"),
    .executableTarget(name: "generator", dependencies: ["CDescriptor"]),
  ],
  swiftLanguageModes: [.v6]
)
