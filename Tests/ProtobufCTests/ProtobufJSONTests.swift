import GoogleProto
import PatronAPI
import ProtobufC
import Testing

@Suite struct ProtobufJSONTests {
  private func decoded<Message: ProtobufMessage>(_ json: String, as type: Message.Type = Message.self) throws -> Message {
    try Message(decoding: try ProtobufJSON.decode(json, messageName: Message.fullName))
  }

  private func encoded<Message: ProtobufMessage>(_ message: Message) throws -> String {
    try ProtobufJSON.encode(message.encoded(), messageName: Message.fullName)
  }

  private let order = InventoryV1.Order(
    orderID: "ord_1", state: .completed,
    lines: [
      InventoryV1.OrderLine(
        lineNumber: 1, kind: .sale, name: "Brot \"hell\"\n", quantity: -3, listAmount: TypeV1.Money(-250, "EUR"), oversold: true)
    ],
    createTime: GoogleProtobuf.Timestamp(seconds: 1_769_860_800, nanos: 120_000_000))

  private let orderText = """
    {
      "orderId": "ord_1",
      "state": "ORDER_STATE_COMPLETED",
      "lines": [
        {
          "lineNumber": 1,
          "kind": "LINE_KIND_SALE",
          "name": "Brot \\"hell\\"\\n",
          "quantity": "-3",
          "listAmount": {
            "currencyCode": "EUR",
            "minorUnits": "-250"
          },
          "oversold": true
        }
      ],
      "createTime": "2026-01-31T12:00:00.120Z"
    }
    """

  @Test func aMessageIsPrintedInTheContractsOrder() throws {
    #expect(try encoded(order) == orderText)
  }

  @Test func whatIsPrintedReadsBack() throws {
    #expect(try decoded(orderText) == order)
  }

  @Test func originalNamesPlainNumbersAndEnumerationNumbersAreRead() throws {
    let json = #"{"order_id": "ord_1", "state": 3, "lines": [{"line_number": "1", "quantity": 5e2, "listAmount": null}]}"#
    #expect(
      try decoded(json)
        == InventoryV1.Order(orderID: "ord_1", state: .completed, lines: [InventoryV1.OrderLine(lineNumber: 1, quantity: 500)]))
  }

  @Test func sixtyFourBitIntegersAreExact() throws {
    #expect(try decoded(#"{"minorUnits": 9223372036854775807}"#) == TypeV1.Money(.max, ""))
    #expect(try decoded(#"{"minorUnits": "-9223372036854775808"}"#) == TypeV1.Money(.min, ""))
    #expect(try encoded(TypeV1.Money(.min, "")).contains("\"-9223372036854775808\""))
  }

  @Test func bytesAreBase64InEitherAlphabet() throws {
    let expected = TypeV1.SignedCaller(caller: [0xFB, 0xFF], keyID: "k")
    #expect(try decoded(#"{"caller": "+/8=", "keyId": "k"}"#) == expected)
    #expect(try decoded(#"{"caller": "-_8", "keyId": "k"}"#) == expected)
    #expect(try encoded(expected).contains("\"+/8=\""))
  }

  @Test func aMemberOfAOneofIsPrintedEvenWhenEmpty() throws {
    let key = InventoryV1.ProductKey(key: .barcode(""))
    #expect(try encoded(key) == "{\n  \"barcode\": \"\"\n}")
    #expect(try decoded(#"{"barcode": ""}"#) == key)
  }

  @Test func mapsAreObjects() throws {
    let info = GoogleRPC.ErrorInfo(reason: "R", metadata: ["points": "5"])
    #expect(try encoded(info) == "{\n  \"reason\": \"R\",\n  \"metadata\": {\n    \"points\": \"5\"\n  }\n}")
    #expect(try decoded(#"{"reason": "R", "metadata": {"points": "5"}}"#) == info)
  }

  @Test func anEmptyMessageIsAnEmptyObject() throws {
    #expect(try encoded(TypeV1.Money()) == "{}")
    #expect(try decoded("{}") == TypeV1.Money())
  }

  static let times: [(String, Int64, Int32)] = [
    ("1970-01-01T00:00:00Z", 0, 0), ("2026-01-31T12:00:00.000001Z", 1_769_860_800, 1_000),
    ("2026-01-31T12:00:00.000000001Z", 1_769_860_800, 1), ("1969-12-31T23:59:59.500Z", -1, 500_000_000),
    ("1582-10-10T00:00:00Z", -12_219_724_800, 0), ("2000-02-29T23:59:59Z", 951_868_799, 0),
    ("0001-01-01T00:00:00Z", -62_135_596_800, 0), ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
  ]

  @Test("Times go both ways", arguments: times)
  func timesGoBothWays(text: String, seconds: Int64, nanos: Int32) throws {
    let event = EventsV1.Event(eventTime: GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos))
    #expect(try decoded("{\"eventTime\": \"\(text)\"}") == event)
    #expect(try encoded(event).contains("\"\(text)\""))
  }

  @Test func timesInOtherZonesAreRead() throws {
    #expect(
      try decoded(#"{"eventTime": "2026-01-31T14:00:00.25+02:00"}"#)
        == EventsV1.Event(eventTime: GoogleProtobuf.Timestamp(seconds: 1_769_860_800, nanos: 250_000_000)))
  }

  @Test func durationsAreSecondsWithAnS() throws {
    #expect(
      try decoded(#"{"retryDelay": "-1.5s"}"#)
        == GoogleRPC.RetryInfo(retryDelay: GoogleProtobuf.Duration(seconds: -1, nanos: -500_000_000)))
    #expect(try encoded(GoogleRPC.RetryInfo(retryDelay: .init(seconds: 3))).contains("\"3s\""))
  }

  static let refused: [(String, String)] = [
    (#"{"orderID": "x"}"#, "orderID: patron.inventory.v1.Order has no such field"),
    (#"{"lines": [{}, {"colour": 1}]}"#, "lines[1].colour: patron.inventory.v1.OrderLine has no such field"),
    (#"{"lines": {}}"#, "lines: an array was expected"),
    (#"{"orderId": 5}"#, "orderId: a string was expected"),
    (#"{"orderId": "a", "order_id": "b"}"#, "order_id: the field is given under both its names"),
    (#"{"state": "OPEN"}"#, "state: \"OPEN\" is none of ORDER_STATE_UNSPECIFIED"),
    (#"{"pointsEarned": 1.5}"#, "pointsEarned: a whole number was expected"),
    (#"{"pointsEarned": "9223372036854775808"}"#, "pointsEarned: 9223372036854775808 is out of the range"),
    (#"{"lines": [{"lineNumber": 2147483648}]}"#, "lines[0].lineNumber: 2147483648 is out of the range"),
    (#"{"createTime": "yesterday"}"#, "createTime: \"yesterday\" is not a time"),
    (#"{"createTime": "2026-02-30T00:00:00Z"}"#, "createTime: \"2026-02-30T00:00:00Z\" is not a time"),
    (#"{"createTime": "2026-01-31T24:00:00Z"}"#, "createTime: \"2026-01-31T24:00:00Z\" is not a time"),
    (#"{"createTime": "0000-12-31T00:00:00Z"}"#, "createTime: \"0000-12-31T00:00:00Z\" is not a time"),
    (#"{"orderId": "a""#, "This is no JSON: at byte 15"),
    (#"{"orderId": "a"} x"#, "This is no JSON: at byte 17, more follows"),
    (#"[]"#, "an object was expected"),
    (#"{"orderId": "a", "orderId": "b"}"#, "This is no JSON: at byte 26, the member \"orderId\" stands twice"),
    (String(repeating: "[", count: 100_000), "This is no JSON: at byte 64, it is nested too deeply"),
  ]

  @Test("What is wrong is said with its place", arguments: refused)
  func refusals(json: String, message: String) throws {
    let error = try #require(throws: ProtobufJSONError.self) {
      try ProtobufJSON.decode(json, messageName: InventoryV1.Order.fullName)
    }
    #expect(error.description.hasPrefix(message), "\(error.description)")
  }

  @Test func twoMembersOfAOneofAreRefused() throws {
    let error = try #require(throws: ProtobufJSONError.self) {
      try ProtobufJSON.decode(#"{"sku": "1", "barcode": "2"}"#, messageName: InventoryV1.ProductKey.fullName)
    }
    #expect(error.description == "barcode: only one of sku and barcode may be given")
  }

  @Test func anUnknownMessageIsRefused() {
    #expect(throws: ProtobufJSONError.self) { try ProtobufJSON.decode("{}", messageName: "patron.type.v1.Cash") }
  }

  @Test func stringsKeepEveryCharacter() throws {
    let text = "\u{0001}\u{7F}\\\"/\u{1F642}ä\t"
    #expect(try decoded(try encoded(TypeV1.Difference(check: text))) == TypeV1.Difference(check: text))
    #expect(try decoded(#"{"check": "\ud83d\ude42\u00e4"}"#) == TypeV1.Difference(check: "🙂ä"))
    #expect(throws: ProtobufJSONError.self) { try ProtobufJSON.decode(#"{"check": "\ud83d"}"#, messageName: "patron.type.v1.Difference") }
  }

  @Test func servicesAreListedWithTheirMessages() throws {
    let service = try #require(ProtobufJSON.services.first { $0.fullName == "patron.gateway.v1.PointOfSaleService" })
    let method = try #require(service.methods.first { $0.name == "Quote" })
    #expect(method.requestName == "patron.gateway.v1.QuoteRequest")
    #expect(method.replyName == "patron.gateway.v1.QuoteResponse")
    #expect(!method.streamsReplies)
  }
}
