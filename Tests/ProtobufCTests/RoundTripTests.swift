import GoogleProto
import ProtobufC
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [UInt64(1), 2, UInt64.random(in: .min ... .max)])
  func whateverIsEncodedDecodesToTheSame(seed: UInt64) throws {
    print("RoundTripTests seed \(seed)")
    var random = SeededRandom(seed: seed)
    for _ in 0..<2_000 {
      let value = Self.everything(using: &random)
      let bytes = value.encoded()
      #expect(try TestingV1.Everything(decoding: bytes) == value, "seed \(seed)")
      #expect(try TestingV1.Everything(decoding: bytes).encoded() == bytes, "seed \(seed)")
    }
  }

  /// Larger than the arena's first kilobyte, and than several of its chunks.
  @Test func aMessageOfManyChunksSurvives() throws {
    var value = TestingV1.Everything()
    value.leaves = (0..<20_000).map { TestingV1.Leaf(text: "leaf number \($0)", number: Int64($0)) }
    value.bytesValue = [UInt8](repeating: 7, count: 3_000_000)
    #expect(try TestingV1.Everything(decoding: value.encoded()) == value)
  }

  private static func everything(using random: inout SeededRandom) -> TestingV1.Everything {
    var value = TestingV1.Everything()
    if flip(&random) { value.doubleValue = Double(Int.random(in: -1000...1000, using: &random)) / 8 }
    if flip(&random) { value.int32Value = integer(&random) }
    if flip(&random) { value.int64Value = integer(&random) }
    if flip(&random) { value.uint32Value = integer(&random) }
    if flip(&random) { value.uint64Value = integer(&random) }
    if flip(&random) { value.sint64Value = integer(&random) }
    if flip(&random) { value.fixed64Value = integer(&random) }
    if flip(&random) { value.sfixed32Value = integer(&random) }
    value.boolValue = flip(&random)
    value.stringValue = text(&random)
    value.bytesValue = bytes(&random)
    value.colour = TestingV1.Colour(rawValue: Int32.random(in: -2...3, using: &random))
    if flip(&random) { value.leaf = leaf(&random) }
    if flip(&random) { value.optionalInt32 = flip(&random) ? 0 : integer(&random) }
    if flip(&random) { value.optionalString = text(&random) }
    if flip(&random) { value.optionalBytes = bytes(&random) }
    if flip(&random) { value.optionalLeaf = leaf(&random) }
    value.int32Values = list(&random) { integer(&$0) }
    value.sint64Values = list(&random) { integer(&$0) }
    value.boolValues = list(&random) { flip(&$0) }
    value.stringValues = list(&random) { text(&$0) }
    value.bytesValues = list(&random) { bytes(&$0) }
    value.colours = list(&random) { TestingV1.Colour(rawValue: integer(&$0)) }
    value.leaves = list(&random) { leaf(&$0) }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: value.choice = .chosenNumber(integer(&random))
    case 1: value.choice = .chosenText(text(&random))
    case 2: value.choice = .chosenBytes(bytes(&random))
    case 3: value.choice = .chosenLeaf(leaf(&random))
    default: value.choice = nil
    }
    for key in list(&random, { text(&$0) }) { value.labels[key] = text(&random) }
    return value
  }

  private static func flip(_ random: inout SeededRandom) -> Bool { Bool.random(using: &random) }

  /// Small, large and extreme alike, so that varints of every length occur.
  private static func integer<Integer: FixedWidthInteger>(_ random: inout SeededRandom) -> Integer {
    Integer(truncatingIfNeeded: random.next() >> UInt64.random(in: 0..<64, using: &random))
  }

  private static func text(_ random: inout SeededRandom) -> String {
    let alphabet: [Character] = ["a", "Z", "0", " ", "\"", "\\", "ä", "€", "会", "🙂", "\u{1}", "\u{7F}"]
    return String((0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
  }

  private static func bytes(_ random: inout SeededRandom) -> [UInt8] {
    (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  private static func leaf(_ random: inout SeededRandom) -> TestingV1.Leaf {
    TestingV1.Leaf(text: text(&random), number: integer(&random))
  }

  private static func list<Element>(_ random: inout SeededRandom, _ make: (inout SeededRandom) -> Element) -> [Element] {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in make(&random) }
  }
}
