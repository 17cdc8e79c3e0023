import GoogleProto
import PatronAPI
import ProtobufC
import RPC
import Testing

@Suite struct DescriptorSetTests {
  private func descriptors() throws -> GoogleProtobuf.FileDescriptorSet {
    try GoogleProtobuf.FileDescriptorSet(decoding: PatronDescriptors.fileDescriptorSet)
  }

  @Test func theDescriptorSetListsEveryMethodThatTheStubsCall() throws {
    var described: Set<String> = []
    for file in try descriptors().file {
      for service in file.service {
        for method in service.method { described.insert("/\(file.package ?? "").\(service.name ?? "")/\(method.name ?? "")") }
      }
    }
    let generated: [[MethodDescriptor]] = [
      CampaignV1.CampaignServiceMethods.all, CampaignV1.CampaignHoldServiceMethods.all, EventsV1.EventFeedServiceMethods.all,
      GatewayV1.PointOfSaleServiceMethods.all, IdentityV1.ApiClientServiceMethods.all, IdentityV1.IdentityServiceMethods.all,
      InventoryV1.InventoryServiceMethods.all,
      InventoryV1.OrderSagaServiceMethods.all, LoyaltyV1.LoyaltyServiceMethods.all, LoyaltyV1.LoyaltyHoldServiceMethods.all,
      LoyaltyV1.StoredValueServiceMethods.all, LoyaltyV1.TierServiceMethods.all, LoyaltyV1.EntitlementServiceMethods.all,
      LoyaltyV1.ReportServiceMethods.all, LoyaltyV1.PointsServiceMethods.all,
    ]
    let paths = Set(generated.flatMap { $0 }.map(\.path))
    #expect(paths.isSubset(of: described), "\(paths.subtracting(described).sorted())")
    let patron = described.filter { $0.hasPrefix("/patron.") }
    #expect(patron.isSubset(of: paths), "a service is not in this test's list: \(patron.subtracting(paths).sorted())")
  }

  @Test func everyImportStandsBeforeItsImporter() throws {
    var seen: Set<String> = []
    for file in try descriptors().file {
      for dependency in file.dependency { #expect(seen.contains(dependency), "\(file.name ?? "") imports \(dependency)") }
      seen.insert(file.name ?? "")
    }
  }

  /// What protoc-gen-c was given is rewritten; what clients are given is not.
  @Test func optionalFieldsAreServedAsTheContractHasThem() throws {
    let type = try #require(try descriptors().file.first { $0.name == "patron/type/v1/type.proto" })
    let tender = try #require(type.messageType.first { $0.name == "Tender" })
    #expect(tender.field.first { $0.name == "tendered" }?.proto3Optional == true)
    #expect(type.messageType.first { $0.name == "Money" }?.field.first?.type == .string)
  }

  @Test func itHoldsNothingOfTheTests() throws {
    #expect(try descriptors().file.allSatisfy { $0.package != "patron.testing.v1" })
  }
}
