// Turns protoc's descriptor sets into what the repository commits. proto/generate.sh calls it; two steps:
//
//   generator rewrite IN OUT             descriptors as protoc-gen-c can take them (see DescriptorRewriting.swift)
//   generator emit DESCRIPTORS REFLECTION REPOSITORY
//                                        Swift messages and services, C headers that lead to the layouts, and the descriptor bytes
//                                        that reflection serves
//
// Output depends on the input alone: no clock, no paths, everything in the descriptors' order.

import Foundation

do {
  let arguments = CommandLine.arguments.dropFirst()
  switch (arguments.first, arguments.count) {
  case ("rewrite", 3):
    let paths = Array(arguments.dropFirst())
    try rewriteDescriptors(from: paths[0], to: paths[1])
  case ("emit", 4):
    let paths = Array(arguments.dropFirst())
    let contract = try Contract(descriptorSetAt: paths[0])
    try contract.refuseRecursion()
    try emit(contract, reflectionSet: readBytes(paths[1]), into: paths[2])
  default:
    throw GeneratorError("usage: generator rewrite IN OUT | generator emit DESCRIPTORS REFLECTION REPOSITORY")
  }
} catch {
  FileHandle.standardError.write(Data("generator: \(error)\n".utf8))
  exit(1)
}
