import Foundation

/// How a service's program is started: with every signal at its default and none blocked, in a process group of its own, so that
/// Ctrl-C reaches the supervisor only, and with no file of the supervisor's but its standard ones.
struct SpawnRequest {
  var executable: String
  var arguments: [String]
  /// Standard output and standard error are appended to it; made for its owner only.
  var log: String

  func spawn() throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    try check(posix_spawn_file_actions_init(&actions))
    defer { posix_spawn_file_actions_destroy(&actions) }
    try check(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0))
    try check(posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_APPEND | O_CREAT, 0o600))
    try check(posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO))

    try check(posix_spawnattr_init(&attributes))
    defer { posix_spawnattr_destroy(&attributes) }
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    var allSignals = sigset_t()
    sigfillset(&allSignals)
    try check(posix_spawnattr_setsigmask(&attributes, &noSignals))
    try check(posix_spawnattr_setsigdefault(&attributes, &allSignals))
    try check(posix_spawnattr_setpgroup(&attributes, 0))
    let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    Self.closeEverythingOnExec()
    try check(posix_spawnattr_setflags(&attributes, Int16(flags)))

    var argumentPointers = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in argumentPointers { free(pointer) } }
    var pid: pid_t = 0
    try check(posix_spawn(&pid, executable, &actions, &attributes, &argumentPointers, environ))
    return pid
  }

  /// Swift does not see glibc's `posix_spawn_file_actions_addclosefrom_np`, so every open file is marked instead. The supervisor
  /// opens none without the mark itself; this is for the libraries below it.
  private static func closeEverythingOnExec() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
      if let descriptor = Int32(name), descriptor > STDERR_FILENO { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }
  }

  private func check(_ error: Int32) throws {
    guard error == 0 else { throw CommandError("cannot start \(executable): \(String(cString: strerror(error)))") }
  }
}
