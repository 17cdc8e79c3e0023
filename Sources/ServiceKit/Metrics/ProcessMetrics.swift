import Foundation

/// What Prometheus' own clients say of every process, read when asked.
struct ProcessMetrics: Sendable {
  private let startTime: Date

  init(startTime: Date) { self.startTime = startTime }

  func exposition(now: Date) -> String {
    """
    # TYPE patron_build_info gauge
    patron_build_info{version="\(BuildVersion.text)"} 1
    # TYPE process_cpu_seconds_total counter
    process_cpu_seconds_total \(cpuSeconds())
    # TYPE process_resident_memory_bytes gauge
    process_resident_memory_bytes \(residentBytes())
    # TYPE process_start_time_seconds gauge
    process_start_time_seconds \(Double(startTime.microsecondsSince1970) / 1_000_000)
    # TYPE process_uptime_seconds gauge
    process_uptime_seconds \(max(0, now.timeIntervalSince(startTime)))

    """
  }

  /// User and system time of all threads.
  private func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// From /proc, whose second field counts pages; 0 where there is no /proc.
  private func residentBytes() -> Int {
    guard let statistics = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
    let fields = String(decoding: statistics, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
