/// What the series of a service mean, for the HELP lines of the exposition: swift-metrics carries no such text.
enum MetricHelp {
  /// By the name of the exposition.
  static let texts = [
    "database_batch_reruns_total": "Batches that ran again because one of their writes had undone them.",
    "database_batch_size": "Writes that one COMMIT made durable.",
    "database_checkpoint_failures_total": "Times that the write-ahead log could not be copied into the database file.",
    "database_checkpoints_total": "Times that the write-ahead log was copied into the database file.",
    "database_commit_failures_total": "COMMITs whose outcome is not known.",
    "database_commits_total": "COMMITs that made writes durable.",
    "database_published_events_total": "Events that this replica gave their positions.",
    "database_writes_total": "Writes that a COMMIT made durable.",
    "event_feed_applied_events_total": "Events of a followed feed that took effect here.",
    "event_feed_events_behind": "Events that a followed feed holds after the last that took effect here.",
    "event_feed_failures_total": "Attempts to follow a feed that ended with an error.",
    "event_feed_lag_seconds": "From an event's time to its effect here, of the last one; 0 when there is none that waits.",
    "event_feed_parked_aggregates": "Aggregates of a followed feed whose events wait for an operator (feed parked).",
    "event_feed_parked_events": "Events of a followed feed that wait for an operator.",
    "event_feed_parked_total": "Events of a followed feed that were parked.",
    "event_feed_removed_events_total": "Events that were removed from this service's own feed after their retention.",
    "event_feed_state": "1 for the state in which the consumer of a followed feed is, 0 for the others.",
    "event_feed_unacknowledged_events": "Events of this service's own feed that a consumer has not acknowledged.",
    "rpc_loop_run_longest_seconds": "The longest time that a method held its event loop without a pause.",
    "rpc_server_calls_total": "Calls that were answered, by method and code.",
    "rpc_server_duration_seconds": "From a call's arrival to its answer.",
    "rpc_server_refusals_total": "Calls that the runtime refused before any handler.",
  ]
}
