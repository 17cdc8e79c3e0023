package import RPC

/// A server without a socket, for tests that feed one connection any bytes. Used from a thread that may block.
package final class EmbeddedServer: Sendable {
  private let shard: ServerShard

  /// - Parameter configuration: of one event loop, on which everything runs.
  package init(_ configuration: RPCServerConfiguration, services: [any RPCService]) {
    let core = ServerCore(configuration: configuration, services: services, interceptors: [])
    shard = ServerShard(core: core, worker: configuration.loops.workers[0])
  }

  /// What one connection left behind.
  package struct Remains: Sendable {
    /// What the server said.
    package var written: [UInt8]
    /// Handlers that have not returned, a second after their caller was gone.
    package var runningHandlers: Int
    /// Bytes that are counted as held, and messages as arriving, though nobody is there any more.
    package var heldBytes: Int
    package var arrivingMessages: Int
    package var connections: Int
  }

  /// Opens a connection, feeds it the pieces, and closes it; `patience` times a millisecond is waited for handlers that go on.
  package func converse(_ pieces: [[UInt8]], patience: Int) -> Remains {
    let worker = shard.worker
    let connection = worker.sync { [shard] in
      let pipe = EmbeddedPipe(loop: worker.loop)
      // Memory is the only thing that this can fail for.
      let connection = try! ServerConnection(shard: shard, pipe: pipe, peer: Peer(address: "embedded"))
      pipe.attach(connection)
      for piece in pieces { pipe.feed(piece) }
      return EmbeddedEnd(connection: connection, pipe: pipe)
    }
    worker.sync { connection.pipe.abort() }
    var waited = 0
    while waited < patience, worker.sync({ connection.connection.runningHandlers }) > 0 {
      waited += 1
      // The loop turns meanwhile.
      try? worker.loop.scheduleTask(in: .milliseconds(1)) {}.futureResult.wait()
    }
    return worker.sync { [shard] in
      Remains(
        written: connection.pipe.written, runningHandlers: connection.connection.runningHandlers,
        heldBytes: max(abs(shard.requestBytes), abs(shard.replyBytes)), arrivingMessages: connection.connection.arrivingMessages,
        connections: shard.connections.count)
    }
  }
}

/// A connection and the end of its pipe, carried off the loop and back.
private struct EmbeddedEnd: @unchecked Sendable {
  let connection: ServerConnection
  let pipe: EmbeddedPipe
}
