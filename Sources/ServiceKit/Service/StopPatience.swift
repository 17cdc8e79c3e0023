package import UnixSignals

/// What a signal that asks for the end means: the first drains, a second ends everything at once.
///
/// Ctrl-C at a terminal may arrive twice: as SIGINT, which the terminal sends to every process of the group, and as the SIGTERM that a script
/// or a supervisor of that group passes on. So another signal than the first, within `sameRequest` of it, is the first one again.
package struct StopPatience {
  package static let sameRequest = Duration.seconds(1)

  package enum Answer: Equatable {
    case drain
    case ignore
    case endAtOnce
  }

  private var first: (signal: UnixSignal, instant: ContinuousClock.Instant)?

  package init() {}

  package mutating func answer(to signal: UnixSignal, at instant: ContinuousClock.Instant) -> Answer {
    guard let first else {
      self.first = (signal, instant)
      return .drain
    }
    return signal != first.signal && instant - first.instant < Self.sameRequest ? .ignore : .endAtOnce
  }
}
