import GoogleProto
import ProtobufC
import Testing

@Suite struct PresenceTests {
  @Test func anOptionalFieldTellsItsDefaultFromNothing() throws {
    let present = try TestingV1.Everything(decoding: Samples.presentDefaults.encoded())
    #expect(present.optionalInt32 == .some(0))
    #expect(present.optionalString == .some(""))
    #expect(present.optionalBytes == .some([]))
    #expect(present.optionalBool == .some(false))
    #expect(present.optionalColour == .some(.unspecified))
    #expect(present.optionalLeaf == .some(TestingV1.Leaf()))

    let absent = try TestingV1.Everything(decoding: [UInt8]())
    #expect(absent.optionalInt32 == nil)
    #expect(absent.optionalString == nil)
    #expect(absent.optionalBytes == nil)
    #expect(absent.optionalBool == nil)
    #expect(absent.optionalColour == nil)
    #expect(absent.optionalLeaf == nil)
    #expect(absent.leaf == nil)
    #expect(absent.choice == nil)
    #expect(absent.encoded().isEmpty)
  }

  @Test func theLastMemberOfAOneofOnTheWireCounts() throws {
    let bytes = Samples.choosing(.chosenText("first")).encoded() + Samples.choosing(.chosenNumber(2)).encoded()
    #expect(try TestingV1.Everything(decoding: bytes).choice == .chosenNumber(2))
    let messageThenText =
      Samples.choosing(.chosenLeaf(TestingV1.Leaf(text: "x"))).encoded() + Samples.choosing(.chosenText("last")).encoded()
    #expect(try TestingV1.Everything(decoding: messageThenText).choice == .chosenText("last"))
  }

  @Test func aMessageGivenTwiceIsMerged() throws {
    var first = TestingV1.Everything()
    first.leaf = TestingV1.Leaf(text: "text")
    var second = TestingV1.Everything()
    second.leaf = TestingV1.Leaf(number: 7)
    let merged = try TestingV1.Everything(decoding: first.encoded() + second.encoded())
    #expect(merged.leaf == TestingV1.Leaf(text: "text", number: 7))
  }

  @Test func unknownEnumerationValuesAreKept() throws {
    var value = TestingV1.Everything()
    value.colour = .unrecognized(1_000)
    let decoded = try TestingV1.Everything(decoding: value.encoded())
    #expect(decoded.colour == .unrecognized(1_000))
    #expect(decoded.colour.rawValue == 1_000)
    #expect(TestingV1.Colour.allKnownCases == [.unspecified, .red, .negative])
  }

  @Test func proto2FieldsTellTheirDefaultFromNothing() throws {
    let field = GoogleProtobuf.FieldDescriptorProto(name: "", oneofIndex: 0)
    let decoded = try GoogleProtobuf.FieldDescriptorProto(decoding: field.encoded())
    #expect(decoded.oneofIndex == .some(0))
    #expect(decoded.name == .some(""))
    #expect(decoded.number == nil)
    #expect(decoded.typeName == nil)
  }
}
