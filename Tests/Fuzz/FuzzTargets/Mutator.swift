/// A small generator that a seed makes repeatable.
package struct FuzzRandom: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int.random(in: 0..<bound, using: &self) }
  mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}

/// Changes honest bytes into hostile ones: single bits, lengths, pieces that are cut, doubled or moved, words that the formats know, and parts
/// of other honest inputs.
struct Mutator {
  let seeds: [[UInt8]]
  /// Longer inputs are cut.
  static let largestInput = 16 * 1024
  private static let changesAtMost = 6

  func mutate(_ original: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    var bytes = original
    for _ in 0...random.below(Mutator.changesAtMost) { change(&bytes, &random) }
    return Array(bytes.prefix(Mutator.largestInput))
  }

  private func change(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let place = random.below(bytes.count + 1)
    let length = min(bytes.count - place, random.below(random.chance(4) ? 200 : 12) + 1)
    switch random.below(9) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1 where place < bytes.count: bytes[place] = random.byte()
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: random.below(bytes.count + 1))
    case 4: bytes.insert(contentsOf: Mutator.words[random.below(Mutator.words.count)], at: place)
    case 5: bytes.replaceSubrange(place..<place + length, with: Mutator.words[random.below(Mutator.words.count)])
    case 6: bytes.insert(contentsOf: part(&random), at: place)
    case 7: nudge(&bytes, place, &random)
    default: bytes.insert(contentsOf: (0..<length).map { _ in random.byte() }, at: place)
    }
  }

  /// A part of another input.
  private func part(_ random: inout FuzzRandom) -> ArraySlice<UInt8> {
    guard let seed = seeds.randomElement(using: &random), !seed.isEmpty else { return [] }
    let start = random.below(seed.count)
    return seed[start..<min(seed.count, start + random.below(300) + 1)]
  }

  /// Makes a number of one to four bytes a little larger or smaller, as a length that lies.
  private func nudge(_ bytes: inout [UInt8], _ place: Int, _ random: inout FuzzRandom) {
    let width = min(bytes.count - place, random.below(4) + 1)
    guard width > 0 else { return }
    var number = bytes[place..<place + width].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    number = number &+ UInt32(truncatingIfNeeded: random.below(33) - 16)
    for index in (place..<place + width).reversed() {
      bytes[index] = UInt8(truncatingIfNeeded: number)
      number >>= 8
    }
  }

  /// Words of HTTP/2, HPACK, gRPC, gzip and protobuf.
  private static let words: [[UInt8]] =
    frameHeaders + [
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0],
      // gRPC prefixes: an empty message, a compressed one, a length that lies.
      [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0xff, 0xff, 0xff, 0xff], [0, 0, 0x40, 0, 0],
      // HPACK: an indexed field, a dynamic one, a table size update, a literal without and with indexing, an integer without end.
      [0x82], [0xbe], [0xbf], [0x20], [0x3f, 0xe1, 0x1f], [0, 1, 0x61, 1, 0x62], [0x40, 1, 0x61, 1, 0x62], [0x7f, 0xff, 0xff, 0xff, 0xff],
      Array("grpc-timeout".utf8), Array("grpc-status".utf8), Array("-bin".utf8), Array("99999999H".utf8), Array("%E2%82%".utf8),
      Array("AAA=,,AAA".utf8), Array("gzip".utf8), [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
      // Varints: ten bytes, eleven, an overlong zero; tags of every wire type of field 1; a length of most of 2 GB.
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [0x80, 0x80, 0], [8], [9], [10], [11], [12], [13], [10, 0xff, 0xff, 0xff, 0xff, 7], [10, 0], [0xc2, 0x80], [0xed, 0xa0, 0x80],
    ]

  /// Headers of frames of every type on a few streams, with and without flags.
  private static let frameHeaders: [[UInt8]] = (UInt8(0)...11).flatMap { type in
    [UInt8(0), 1, 4, 5].flatMap { flags in [UInt8(0), 1, 3].map { stream in [0, 0, type == 8 ? 4 : 0, type, flags, 0, 0, 0, stream] } }
  }
}
