import Database
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

extension CampaignHoldHandlers {
  private static let holdList = "campaign.holds"

  func listHolds(_ request: CampaignV1.ListHoldsRequest, context: ServerContext) async throws -> CampaignV1.ListHoldsResponse {
    try context.requireOperations()
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: Self.holdList)
    let after = try page.after?.onlyText() ?? ""
    let rows = try await environment.database.read(for: context) { snapshot in
      try HoldListStore.list(after: after, limit: page.size + 1, in: snapshot)
    }
    let (shown, nextPageToken) = page.cut(rows, list: Self.holdList) { [.text($0.orderID)] }
    return CampaignV1.ListHoldsResponse(holds: shown.map(Self.message), nextPageToken: nextPageToken)
  }

  func verify(_ request: CampaignV1.VerifyRequest, context: ServerContext) async throws -> CampaignV1.VerifyResponse {
    try context.requireOperations()
    return try await CampaignVerification(environment: environment).run(deadline: context.deadline?.instant)
  }

  private static func message(_ record: HoldListStore.Record) -> TypeV1.HoldRecord {
    TypeV1.HoldRecord(
      orderID: record.orderID, state: state(record.state), returnIDs: record.returnIDs,
      createTime: GoogleProtobuf.Timestamp(record.createInstant), discountMinorUnits: record.discountMinorUnits)
  }

  private static func state(_ state: HoldState) -> TypeV1.HoldState {
    switch state {
    case .held: .held
    case .committed: .committed
    case .cancelled: .cancelled
    case .tombstone: .tombstone
    }
  }
}
