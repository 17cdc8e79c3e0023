import GoogleProto
import PatronAPI
import ProtobufC
import Testing

/// Against the bytes of Google's own runtime; see golden.py.
@Suite struct GoldenTests {
  static let everything: [(String, TestingV1.Everything, [UInt8])] = [
    ("scalars", Samples.scalars, GoldenBytes.scalars),
    ("present defaults", Samples.presentDefaults, GoldenBytes.presentDefaults),
    ("repeated", Samples.repeated, GoldenBytes.repeated),
    ("oneof text", Samples.choosing(.chosenText("t")), GoldenBytes.chosenText),
    ("oneof bytes", Samples.choosing(.chosenBytes([0])), GoldenBytes.chosenBytes),
    ("oneof unknown enumeration value", Samples.choosing(.chosenColour(.unrecognized(5))), GoldenBytes.chosenColour),
    ("oneof message", Samples.choosing(.chosenLeaf(TestingV1.Leaf(number: 1))), GoldenBytes.chosenLeaf),
    ("oneof false", Samples.choosing(.chosenBool(false)), GoldenBytes.chosenBool),
    ("map", Samples.labelled(["k": "v", "a": "b"]), GoldenBytes.labels),
  ]

  @Test("Every shape has the bytes that Google's runtime gives it, both ways", arguments: everything)
  func everyShape(name: String, value: TestingV1.Everything, golden: [UInt8]) throws {
    #expect(value.encoded() == golden)
    #expect(try TestingV1.Everything(decoding: golden) == value)
  }

  static let money: [(TypeV1.Money, [UInt8])] = [
    (TypeV1.Money(-1999, "USD"), GoldenBytes.money),
    (TypeV1.Money(.min, "¥€🙂"), GoldenBytes.moneyExtremes),
    (TypeV1.Money(), GoldenBytes.emptyMoney),
  ]

  @Test("The contract's own messages agree too", arguments: money)
  func contractMessages(value: TypeV1.Money, golden: [UInt8]) throws {
    #expect(value.encoded() == golden)
    #expect(try TypeV1.Money(decoding: golden) == value)
  }

  @Test func anEmptyStringInAOneofIsStillChosen() throws {
    let key = InventoryV1.ProductKey(key: .sku(""))
    #expect(key.encoded() == GoldenBytes.productKey)
    #expect(try InventoryV1.ProductKey(decoding: GoldenBytes.productKey) == key)
  }

  /// libprotobuf-c leaves an empty key or value out of a map's entry, which every reader takes for empty; hence no comparison of bytes.
  @Test func mapsWithEmptyKeysAndValuesSurvive() throws {
    let info = GoogleRPC.ErrorInfo(
      reason: "QUOTE_STALE", domain: "gateway.patron", metadata: ["b": "2", "a": "1", "ä": "", "": "x"])
    #expect(try GoogleRPC.ErrorInfo(decoding: GoldenBytes.errorInfo) == info)
    #expect(try GoogleRPC.ErrorInfo(decoding: info.encoded()) == info)
  }
}
