import Metrics

/// What the writer tells the metrics backend, a batch at a time so that it costs nothing a request.
struct WriterObservations {
  private let writes = Counter(label: "database_writes_total")
  private let batches = Counter(label: "database_commits_total")
  private let reruns = Counter(label: "database_batch_reruns_total")
  private let failures = Counter(label: "database_commit_failures_total")
  private let batchSize = Recorder(label: "database_batch_size")

  func committed(_ count: Int) {
    writes.increment(by: count)
    batches.increment()
    batchSize.record(count)
  }

  func reran() { reruns.increment() }

  func failedToCommit() { failures.increment() }
}
