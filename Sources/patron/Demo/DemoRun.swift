import Foundation
import Histogram
import PatronAPI
import RPC

/// The day from its setup to its reconciliation.
struct DemoRun {
  let day: GroceryDay
  let anchor: DemoAnchor
  let api: DemoClients
  let journal: TillJournal
  let tills: Int
  let processes: ProcessTimes

  struct Result: Sendable {
    var setup = DemoSetup.Result()
    var sales: [DemoSale] = []
    var returns: [DemoReturns.Outcome] = []
    /// Wall-clock seconds of the sales alone.
    var salesSeconds = 0.0
    /// The p-th percentile of one checkout, in milliseconds.
    var medianMilliseconds = 0.0
    var ninetyNinthMilliseconds = 0.0
    /// Of all services together, while the sales ran.
    var cpuMillisecondsPerCheckout = 0.0
    var replayedSales: Int { sales.filter { $0.ending == .same }.count }
  }

  func run() async throws -> Result {
    var result = Result()
    result.setup = try await DemoSetup(day: day, anchor: anchor, api: api).run()
    try await sell(&result)
    try await takeBack(&result)
    return result
  }

  /// Several tills at once; each plays its own stores' baskets in the day's order.
  private func sell(_ result: inout Result) async throws {
    let setup = result.setup
    let tillOfStore = Dictionary(uniqueKeysWithValues: day.storeNumbers.enumerated().map { ($1, $0 % tills) })
    let total = day.baskets.count
    let progress = Progress("baskets at \(tills) tills", total: total)
    let start = ContinuousClock.now
    let cpuSeconds = processes.seconds()
    let (finished, sold) = AsyncStream<DemoSale>.makeStream()
    let sales = try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<tills {
        let till = DemoTill(number: number + 1, anchor: anchor, setup: setup, api: api, journal: journal)
        let baskets = day.baskets.filter { tillOfStore[$0.storeNumber] == number }
        group.addTask {
          // A till that fails ends the stream, so that nobody waits for the baskets it will not sell.
          do { for basket in baskets { sold.yield(try await till.play(basket)) } } catch {
            sold.finish()
            throw error
          }
        }
      }
      var sales: [DemoSale] = []
      for await sale in finished {
        sales.append(sale)
        progress.advance()
        if sales.count == total { break }
      }
      try await group.waitForAll()
      return sales
    }
    let elapsed = ContinuousClock.now - start
    result.salesSeconds = elapsed.inSeconds
    result.cpuMillisecondsPerCheckout = (processes.seconds() - cpuSeconds) * 1_000 / Double(max(1, total))
    result.sales = sales.sorted { $0.basket.number < $1.basket.number }

    var histogram = Histogram<UInt64>(highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: .three)
    for sale in sales where sale.receipt != nil { histogram.record(UInt64(max(1, sale.seconds * 1e6))) }
    result.medianMilliseconds = Double(histogram.valueAtPercentile(50)) / 1_000
    result.ninetyNinthMilliseconds = Double(histogram.valueAtPercentile(99)) / 1_000
    progress.finish()
  }

  private func takeBack(_ result: inout Result) async throws {
    let requests = DemoReturns.requests(for: result.sales)
    let till = DemoTill(number: 0, anchor: anchor, setup: result.setup, api: api, journal: journal)
    let (api, journal) = (api, journal)
    let progress = Progress("returns", total: requests.count)
    result.returns = try await requests.concurrently(tills) { number, request in
      defer { progress.advance() }
      do {
        let reply = try await till.retrying { try await api.pointOfSale.return(request, options: api.options) }
        guard let orderReturn = reply.orderReturn else { throw RPCError(.internalError, "a reply to Return without a return") }
        return DemoReturns.Outcome(
          basketNumber: number, result: .success(orderReturn), ending: try journal.conclude(request.requestID, orderReturn.encoded()))
      } catch let error as RPCError where error.code == .failedPrecondition || error.code == .invalidArgument {
        let refusal = TillJournal.Refusal(reason: error.reason ?? "\(error.code)", message: error.message)
        return DemoReturns.Outcome(
          basketNumber: number, result: .failure(refusal), ending: try journal.conclude(request.requestID, refusal))
      }
    }
    progress.finish()
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
