import GoogleProto
import PatronAPI
import ProtobufC
import Testing

@Suite struct HostileBytesTests {
  /// Field 1 of `Hollow`, an empty message: two bytes on the wire, several hundred in memory.
  private func hollow(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * 2)
    for _ in 0..<count { bytes += [0x0A, 0x00] }
    return bytes
  }

  @Test func manyEmptySubmessagesAreRefusedBeforeTheyFillMemory() {
    let bytes = hollow(2 * 1024 * 1024)
    let limit = DecodingLimits.maximumBytes
    #expect(DecodingLimits.baseBytes + DecodingLimits.memoryBytesPerWireByte * bytes.count <= limit)
    #expect(
      throws: ProtobufError.memoryLimitExceeded(
        message: "patron.testing.v1.Hollow", limitBytes: DecodingLimits.baseBytes + DecodingLimits.memoryBytesPerWireByte * bytes.count)
    ) {
      try TestingV1.Hollow(decoding: bytes)
    }
  }

  @Test func aFewEmptySubmessagesAreFine() throws {
    #expect(try TestingV1.Hollow(decoding: hollow(100)).items.count == 100)
  }

  /// The densest honest message of the contract: a look-up in which nothing was found.
  @Test func anHonestReplyOfEmptyElementsIsWithinTheLimit() throws {
    let reply = InventoryV1.LookUpProductsResponse(products: [InventoryV1.LookedUpProduct](repeating: .init(), count: 2_000))
    #expect(try InventoryV1.LookUpProductsResponse(decoding: reply.encoded()) == reply)
  }

  @Test func anHonestLargeMessageIsWithinTheLimit() throws {
    let line = LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: 1, points: 1)
    let request = LoyaltyV1.EvaluateEarnRequest(lines: [LoyaltyV1.EarnLine](repeating: line, count: 100_000))
    #expect(try LoyaltyV1.EvaluateEarnRequest(decoding: request.encoded()).lines.count == 100_000)
  }

  @Test func nestingDeeperThanTheContractIsSkippedAsUnknownAndNeverFollowed() throws {
    // Field 100 holding field 100 holding …: unknown to Money, so its inside is not parsed however deep it is.
    var bytes: [UInt8] = []
    for _ in 0..<2_000 { bytes = [0xA2, 0x06] + varint(bytes.count) + bytes }
    #expect(try TypeV1.Money(decoding: bytes) == TypeV1.Money())
  }

  private func varint(_ value: Int) -> [UInt8] {
    var value = value
    var result: [UInt8] = []
    while value > 127 {
      result.append(UInt8(value & 127) | 128)
      value >>= 7
    }
    return result + [UInt8(value)]
  }

  /// Spoils good messages at random places. What comes out is a message or a refusal; a crash is the failure.
  @Test(arguments: [UInt64(1), 2, 3, UInt64.random(in: .min ... .max)])
  func randomlySpoiledMessagesNeverCrash(seed: UInt64) {
    print("HostileBytesTests seed \(seed)")
    var random = SeededRandom(seed: seed)
    let originals = [GoldenBytes.scalars, GoldenBytes.repeated, GoldenBytes.presentDefaults, GoldenBytes.labels]
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = originals.randomElement(using: &random)! + originals.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
        }
      }
      if let value = try? TestingV1.Everything(decoding: bytes) {
        #expect((try? TestingV1.Everything(decoding: value.encoded())) != nil, "seed \(seed), bytes \(bytes)")
      } else {
        refused += 1
      }
    }
    #expect(refused > 0, "seed \(seed)")
  }
}
