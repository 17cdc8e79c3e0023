import Testing

/// Attacks on a server in a process of its own, one at a time: each shows what becomes of the attacker, what memory it costs, and that an
/// honest client goes on meanwhile. `Siege` says how that is measured.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostileTests {}
