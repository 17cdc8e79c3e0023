import RPC
import RPCTransport
import Synchronization

/// `/connections` on the admin port: who is connected to this service and where its own calls go, as two tables. It shows addresses and
/// counts, never what is said.
struct ConnectionsPage: Sendable {
  let connections: [ConnectionReport]
  let channels: [(service: String, report: ChannelReport)]

  /// Rows of each table; the busiest first.
  static let rowsAtMost = 1000

  var text: String {
    let calls = connections.reduce(0) { $0 + $1.openCalls }
    var lines = ["\(connections.count) connections, \(calls) calls open", ""]
    let busiest = connections.sorted { ($0.openCalls, $0.callsStarted, $1.peer) > ($1.openCalls, $1.callsStarted, $0.peer) }
    lines += Self.table(
      ["peer", "tls", "state", "age_s", "silent_s", "open", "started", "received_bytes", "sent_bytes", "request_bytes", "reply_bytes"],
      busiest.prefix(Self.rowsAtMost).map {
        [
          $0.peer, $0.isEncrypted ? "yes" : "no", $0.state.rawValue, "\($0.age.components.seconds)", "\($0.silence.components.seconds)",
          "\($0.openCalls)", "\($0.callsStarted)", "\($0.bytesReceived)", "\($0.bytesSent)", "\($0.requestBytes)", "\($0.replyBytes)",
        ]
      })
    lines += ["", "\(channels.count) channels to other services", ""]
    let rows = channels.flatMap { service, report in
      report.subchannels.map {
        [
          service, report.target, "\(report.waitingCalls)", $0.address, $0.isEjected ? "ejected" : $0.state.rawValue, "\($0.openCalls)",
          "\($0.callsSucceeded)", "\($0.callsFailed)",
        ]
      }
    }
    lines += Self.table(
      ["service", "target", "waiting", "address", "state", "open", "succeeded", "failed"], Array(rows.prefix(Self.rowsAtMost)))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> [String] {
    // The last column ends its line: nothing stands behind it.
    let widths = head.indices.dropLast().map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 } + [0]
    return ([head] + rows).map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: max($1 - $0.count, 0)) }.joined(separator: "  ")
    }
  }
}

/// The channels that a service has opened, for the page.
final class OpenChannels: Sendable {
  private let channels = Mutex<[(service: String, channel: NetworkChannel)]>([])

  func add(_ service: String, _ channel: NetworkChannel) {
    channels.withLock { $0.append((service, channel)) }
  }

  func reports() async -> [(service: String, report: ChannelReport)] {
    var reports: [(service: String, report: ChannelReport)] = []
    for (service, channel) in channels.withLock({ $0 }) { reports.append((service, await channel.report())) }
    return reports
  }
}
