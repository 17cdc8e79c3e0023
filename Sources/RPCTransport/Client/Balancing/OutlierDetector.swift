internal import NIOCore
internal import RPC

/// Which addresses answer so much worse than the others, or than they may, that they get no calls for a while. A value: the counts and the time come
/// in, the verdicts stand in the hosts.
///
/// Each event loop of a channel judges by its own calls.
/// Rule: gRFC A50.
struct OutlierDetector {
  /// What is known of one address.
  struct Host: Equatable {
    /// Calls that ended since the last sweep.
    var successes = 0
    var failures = 0
    /// How often it was ejected, less the sweeps that it has stood since.
    fileprivate(set) var multiplier = 0
    fileprivate(set) var ejectedAt: NIODeadline?

    var isEjected: Bool { ejectedAt != nil }

    fileprivate var calls: Int { successes + failures }

    mutating func count(succeeded: Bool) {
      if succeeded { successes += 1 } else { failures += 1 }
    }
  }

  let configuration: OutlierDetection

  /// Nil when nothing would ever be ejected.
  init?(_ configuration: OutlierDetection?) {
    guard let configuration, configuration.successRateEjection != nil || configuration.failurePercentageEjection != nil else { return nil }
    self.configuration = configuration
  }

  /// Judges every address by the calls since the last sweep, and lets those back whose time is over.
  /// - Parameter random: 0 to 99.
  func sweep(_ hosts: inout [Host], now: NIODeadline, random: () -> Int) {
    let counted = hosts
    for index in hosts.indices { (hosts[index].successes, hosts[index].failures) = (0, 0) }
    ejectBySuccessRate(&hosts, counted, now, random)
    ejectByFailurePercentage(&hosts, counted, now, random)
    for index in hosts.indices { letBack(&hosts[index], now) }
  }

  private func ejectBySuccessRate(_ hosts: inout [Host], _ counted: [Host], _ now: NIODeadline, _ random: () -> Int) {
    guard let ejection = configuration.successRateEjection else { return }
    let comparable = counted.indices.filter { counted[$0].calls > 0 && counted[$0].calls >= ejection.requestVolume }
    guard !comparable.isEmpty, comparable.count >= ejection.minimumHosts else { return }
    let rates = comparable.map { Double(counted[$0].successes) / Double(counted[$0].calls) }
    let mean = rates.reduce(0, +) / Double(rates.count)
    let deviation = (rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count)).squareRoot()
    let threshold = mean - deviation * Double(ejection.stdevFactor) / 1000
    for (index, rate) in zip(comparable, rates) {
      guard mayEjectAnother(hosts) else { return }
      if rate < threshold { eject(&hosts[index], now, ejection.enforcementPercentage, random) }
    }
  }

  private func ejectByFailurePercentage(_ hosts: inout [Host], _ counted: [Host], _ now: NIODeadline, _ random: () -> Int) {
    guard let ejection = configuration.failurePercentageEjection else { return }
    let comparable = counted.indices.filter { counted[$0].calls > 0 && counted[$0].calls >= ejection.requestVolume }
    guard comparable.count >= ejection.minimumHosts else { return }
    for index in comparable {
      guard mayEjectAnother(hosts) else { return }
      let isOver = counted[index].failures * 100 > ejection.threshold * counted[index].calls
      if isOver { eject(&hosts[index], now, ejection.enforcementPercentage, random) }
    }
  }

  private func mayEjectAnother(_ hosts: [Host]) -> Bool {
    hosts.count(where: \.isEjected) * 100 < configuration.maxEjectionPercent * hosts.count
  }

  private func eject(_ host: inout Host, _ now: NIODeadline, _ enforcementPercentage: Int, _ random: () -> Int) {
    guard !host.isEjected, random() < enforcementPercentage else { return }
    host.ejectedAt = now
    host.multiplier += 1
  }

  private func letBack(_ host: inout Host, _ now: NIODeadline) {
    guard let ejectedAt = host.ejectedAt else {
      host.multiplier = max(0, host.multiplier - 1)
      return
    }
    let longest = max(configuration.baseEjectionTime, configuration.maxEjectionTime)
    if now > ejectedAt + TimeAmount(min(configuration.baseEjectionTime * host.multiplier, longest)) { host.ejectedAt = nil }
  }
}
