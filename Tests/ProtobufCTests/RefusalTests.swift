import GoogleProto
import PatronAPI
import ProtobufC
import Testing

@Suite struct RefusalTests {
  /// A string field with these bytes: field 1, length-prefixed.
  private func moneyWithCurrency(_ bytes: [UInt8]) -> [UInt8] { [0x0A, UInt8(bytes.count)] + bytes }

  static let notUTF8: [[UInt8]] = [
    [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], Array("US".utf8) + [0x80],
  ]

  @Test("Invalid UTF-8 is refused by the field's name", arguments: notUTF8)
  func invalidUTF8(bytes: [UInt8]) {
    #expect(throws: ProtobufError.invalidUTF8(field: "patron.type.v1.Money.currency_code")) {
      try TypeV1.Money(decoding: moneyWithCurrency(bytes))
    }
  }

  @Test("A string with a NUL is refused, never cut", arguments: [[0], Array("US\0D".utf8), Array("USD\0".utf8)])
  func embeddedNUL(bytes: [UInt8]) {
    #expect(throws: ProtobufError.embeddedNUL(field: "patron.type.v1.Money.currency_code")) {
      try TypeV1.Money(decoding: moneyWithCurrency(bytes))
    }
  }

  @Test func stringsAreCheckedWhereverTheyStand() {
    var repeated = TestingV1.Everything()
    repeated.stringValues = ["ok", "?"]
    #expect(throws: ProtobufError.invalidUTF8(field: "patron.testing.v1.Everything.string_values")) {
      try TestingV1.Everything(decoding: spoiled(repeated))
    }
    var nested = TestingV1.Everything()
    nested.leaves = [TestingV1.Leaf(text: "?")]
    #expect(throws: ProtobufError.invalidUTF8(field: "patron.testing.v1.Leaf.text")) {
      try TestingV1.Everything(decoding: spoiled(nested))
    }
    #expect(throws: ProtobufError.invalidUTF8(field: "patron.testing.v1.Everything.chosen_text")) {
      try TestingV1.Everything(decoding: spoiled(Samples.choosing(.chosenText("?"))))
    }
    #expect(throws: ProtobufError.invalidUTF8(field: "patron.testing.v1.Everything.labels")) {
      try TestingV1.Everything(decoding: spoiled(Samples.labelled(["k": "?"])))
    }
  }

  /// The message's bytes with each question mark made a byte that UTF-8 does not know.
  private func spoiled<Message: ProtobufMessage>(_ message: Message) -> [UInt8] {
    message.encoded().map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
  }

  static let malformed: [(String, [UInt8])] = [
    ("a tag alone", [0x0A]),
    ("a length beyond the end", [0x0A, 0x05, 0x55]),
    ("a length near 2^32", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x55]),
    ("a length near 2^64", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ("an endless varint", [UInt8](repeating: 0xFF, count: 16)),
    ("a varint for a string", [0x08, 0x01]),
    ("a string for a varint", [0x12, 0x01, 0x01]),
    ("a group", [0x0B, 0x0C]),
    ("field number 0", [0x02, 0x00]),
    ("an unknown wire type", [0x0F]),
  ]

  @Test("Bytes that are no message are refused", arguments: malformed)
  func malformedBytes(name: String, bytes: [UInt8]) {
    #expect(throws: ProtobufError.malformed(message: "patron.type.v1.Money")) { try TypeV1.Money(decoding: bytes) }
  }

  /// Cut between two fields a message is still one; cut within a field it is none. Neither may read beyond its end: each prefix lies
  /// in an allocation of exactly its size, so that a sanitizer or the allocator's guard sees it.
  @Test func aMessageCutAtAnyByteIsRefusedOrShorter() throws {
    for whole in [GoldenBytes.scalars, GoldenBytes.repeated, GoldenBytes.presentDefaults] {
      var refused = 0
      for length in 0..<whole.count {
        let prefix = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { prefix.deallocate() }
        prefix.copyBytes(from: whole[..<length])
        do {
          let shorter = try TestingV1.Everything(decoding: UnsafeRawBufferPointer(prefix))
          #expect(shorter.encoded().count <= length)
        } catch {
          #expect(error == .malformed(message: "patron.testing.v1.Everything"))
          refused += 1
        }
      }
      #expect(refused > 0)
    }
  }

  @Test func anErrorNamesTheFieldButNeverRepeatsItsContent() {
    #expect(
      "\(ProtobufError.invalidUTF8(field: "patron.type.v1.Money.currency_code"))"
        == "patron.type.v1.Money.currency_code is not valid UTF-8.")
  }
}
