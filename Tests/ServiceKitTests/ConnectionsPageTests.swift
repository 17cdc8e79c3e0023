import Testing

@testable import RPCTransport
@testable import ServiceKit

@Suite struct ConnectionsPageTests {
  private func connection(_ peer: String, open: Int) -> ConnectionReport {
    ConnectionReport(
      peer: peer, isEncrypted: true, state: .serving, age: .seconds(61), silence: .milliseconds(1500), openCalls: open, callsStarted: 9,
      bytesReceived: 1000, bytesSent: 2000, requestBytes: 3, replyBytes: 4)
  }

  @Test func theBusiestConnectionStandsFirstAndEachChannelsAddressesFollow() {
    let ejected = SubchannelReport(
      address: "10.0.0.2:5002", state: .failing, isEjected: true, openCalls: 0, callsSucceeded: 5, callsFailed: 7)
    let page = ConnectionsPage(
      connections: [connection("10.0.0.9:1", open: 1), connection("10.0.0.8:22", open: 2)],
      channels: [("loyalty", ChannelReport(target: "loyalty:5002", waitingCalls: 3, subchannels: [ejected]))])
    let lines = page.text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.split(separator: " ").map(String.init) }
    #expect(page.text.hasPrefix("2 connections, 3 calls open\n"))
    #expect(lines[3] == ["10.0.0.8:22", "yes", "serving", "61", "1", "2", "9", "1000", "2000", "3", "4"])
    #expect(lines[4].first == "10.0.0.9:1")
    #expect(lines.contains(["loyalty", "loyalty:5002", "3", "10.0.0.2:5002", "ejected", "0", "5", "7"]))
  }

  @Test func aFloodOfConnectionsMakesNoEndlessPage() {
    let page = ConnectionsPage(connections: Array(repeating: connection("10.0.0.9:1", open: 1), count: 5000), channels: [])
    #expect(page.text.hasPrefix("5000 connections"))
    #expect(page.text.split(separator: "\n").count < ConnectionsPage.rowsAtMost + 10)
  }
}
