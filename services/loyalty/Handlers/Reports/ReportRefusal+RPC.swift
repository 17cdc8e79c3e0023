internal import RPC
internal import ServiceKit

/// Refusals of reports as the wire shows them; the README's table lists them.
extension ReportRefusal: RPCErrorConvertible {
  var rpcError: RPCError { wire.rpcError(from: LoyaltyApp.name) }

  private var wire: Refusal {
    switch self {
    case .tooLarge:
      Refusal(
        .failedPrecondition, "REPORT_TOO_LARGE",
        "the report would have more than \(ReportSpan.maximumPeriods) periods or \(PointsReport.maximumLines) lines; ask for longer periods"
      )
    case .entryUnknown: Refusal(.notFound, "ENTRY_UNKNOWN", "there is no such entry")
    }
  }
}
