import Metrics
import Synchronization

/// What the writer tells about itself, a batch at a time so that it costs nothing a request.
final class WriterObservations: Sendable {
  private let statistics = Mutex(DatabaseStatistics())
  private let writes = Counter(label: "database_writes_total")
  private let commits = Counter(label: "database_commits_total")
  private let reruns = Counter(label: "database_batch_reruns_total")
  private let failures = Counter(label: "database_commit_failures_total")
  private let batchSize = Recorder(label: "database_batch_size")

  var current: DatabaseStatistics { statistics.withLock { $0 } }

  func committed(_ count: Int) {
    statistics.withLock {
      $0.writes += count
      $0.commits += 1
    }
    writes.increment(by: count)
    commits.increment()
    batchSize.record(count)
  }

  func reran() {
    statistics.withLock { $0.reruns += 1 }
    reruns.increment()
  }

  func failedToCommit() {
    statistics.withLock { $0.failedCommits += 1 }
    failures.increment()
  }
}
