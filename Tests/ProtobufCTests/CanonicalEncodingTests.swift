import GoogleProto
import PatronAPI
import ProtobufC
import Testing

@Suite struct CanonicalEncodingTests {
  @Test func equalMapsHaveEqualBytesWhateverTheirHistory() {
    let keys = (0..<200).map { "key-\($0)" }
    var forwards: [String: String] = [:]
    for key in keys { forwards[key] = "v" }
    var backwards: [String: String] = Dictionary(minimumCapacity: 4096)
    for key in keys.reversed() { backwards[key] = "v" }
    #expect(Samples.labelled(forwards).encoded() == Samples.labelled(backwards).encoded())
  }

  @Test func fieldsInAnyOrderOnTheWireAreEncodedInTheOrderOfTheirNumbers() throws {
    // minor_units ahead of currency_code.
    let reordered: [UInt8] = [0x10, 0x05, 0x0A, 0x03] + Array("USD".utf8)
    let money = try TypeV1.Money(decoding: reordered)
    #expect(money == TypeV1.Money(5, "USD"))
    #expect(money.encoded() == [0x0A, 0x03] + Array("USD".utf8) + [0x10, 0x05])
  }

  @Test func unknownFieldsAreLeftOutWhenEncodedAgain() throws {
    let known = TypeV1.Money(5, "USD").encoded()
    // Field 100 as a varint, a 64-bit, a length-prefixed and a 32-bit value.
    let unknown: [UInt8] =
      [0xA0, 0x06, 0x01] + [0xA1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8] + [0xA2, 0x06, 0x02, 9, 9] + [0xA5, 0x06, 1, 2, 3, 4]
    #expect(try TypeV1.Money(decoding: known + unknown).encoded() == known)
  }

  @Test func theReservedPrefixIsZeroAndTheRestIsTheMessage() {
    let money = TypeV1.Money(5, "USD")
    #expect(money.encode(reservingPrefix: 5) == [0, 0, 0, 0, 0] + money.encoded())
    #expect(TypeV1.Money().encode(reservingPrefix: 5) == [0, 0, 0, 0, 0])
  }

  @Test func requestsThatChangeSomethingShareTheirRequestID() {
    func clearID<Request: RequestIdentified>(_ request: Request) -> Request {
      var request = request
      request.requestID = ""
      return request
    }
    let request = LoyaltyV1.AdjustPointsRequest(requestID: "r-1", memberID: "mem_1", points: 5, reason: "test")
    #expect(clearID(request) == LoyaltyV1.AdjustPointsRequest(memberID: "mem_1", points: 5, reason: "test"))
  }
}
