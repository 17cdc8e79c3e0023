import RPC
import RPCTransport
import Synchronization
import Testing

/// One suite over every transport: what a call may expect of all of them.
@Suite(.timeLimit(.minutes(5))) struct CallTests {
  @Test(arguments: Transport.allCases) func aUnaryCallGivesItsReply(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      try await world.expect(NoteMethods.echo, Note("hello", 7), gives: Note("hello", 7))
      try await world.expect(NoteMethods.echoOffLoop, Note("hello", 8), gives: Note("hello", 8))
      try await world.expect(NoteMethods.echo, Note(), gives: Note())
    }
  }

  @Test(arguments: Transport.allCases) func aLargeMessageTravelsThroughManyWindows(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let text = String(repeating: "0123456789", count: 300_000)
      let reply = try await world.unary(NoteMethods.echo, Note(text))
      #expect(reply.message == text)
    }
  }

  @Test(arguments: Transport.allCases) func serverStreamingKeepsTheOrder(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let replies: ReplyStream<Note> = try await world.channel.serverStreaming(NoteMethods.count, Note("n", 5000), options: CallOptions())
      var next = 0
      for try await reply in replies {
        #expect(reply == Note("n", next))
        next += 1
      }
      #expect(next == 5000)
    }
  }

  @Test(arguments: Transport.allCases) func clientStreamingCollectsEveryRequest(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let call: ClientStream<Note, Note> = try await world.channel.streaming(NoteMethods.collect, options: CallOptions())
      for number in 1...100 { try await call.send(Note("\(number)", number)) }
      let reply = try await call.reply()
      #expect(reply.code == 5050)
      #expect(reply.message.hasPrefix("1,2,3,"))
    }
  }

  /// The methods give other numbers of replies than this caller's descriptors say.
  @Test(arguments: Transport.allCases) func aSingleReplyIsExactlyOneAndComesWithItsStatus(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let single = MethodDescriptor(service: NoteService.serviceName, method: "Count", kind: .unary)
      try await world.expect(single, Note("n", 1), gives: Note("n", 0))
      for count in [0, 2, 1000] {
        #expect(await failure { try await world.unary(single, Note("n", count)) }?.code == .unimplemented)
        let stream = try await world.channel.open(single, options: CallOptions(timeout: .seconds(300)))
        try await stream.send(Note("n", count).encoded())
        try await stream.finish()
        #expect(await failure { try await stream.next() }?.code == .unimplemented)
      }
    }
  }

  @Test(arguments: Transport.allCases) func aBidirectionalCallAnswersAsItIsAsked(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let call: ClientStream<Note, Note> = try await world.channel.streaming(NoteMethods.chat, options: CallOptions())
      var replies = call.replies.makeAsyncIterator()
      for number in 0..<50 {
        try await call.send(Note("ping", number))
        #expect(try await replies.next() == Note("re: ping", number))
      }
      try await call.finish()
      #expect(try await replies.next() == nil)
    }
  }

  @Test(arguments: Transport.allCases) func metadataTravelsBothWaysInOrderAndInBytes(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      var options = CallOptions(timeout: .seconds(300))
      options.metadata.append("word", "first")
      options.metadata.append("word", "second, with comma")
      options.metadata.append("blob-bin", binary: [0, 255, 13, 10, 128])
      let reply = try await world.channel.unary(NoteMethods.inspect, request: Note("x").encoded(), options: options)
      #expect(reply.metadata["seen"] == "first|second, with comma")
      #expect(reply.trailers.binary("seen-bin") == [0, 255, 13, 10, 128])
      let note = try Note(decoding: reply.message)
      #expect(note.message == "deadline")
      #expect(note.code == (transport == .tls ? 1 : 0))
    }
  }

  @Test(arguments: Transport.allCases) func aRefusalKeepsItsCodeItsWordsAndItsDetails(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let error = try #require(await failure { try await world.unary(NoteMethods.refuse, Note("")) })
      #expect(error.code == .failedPrecondition)
      #expect(error.message == "not today: 50 % off, “sorry”")
      #expect(error.reason == "NOT_TODAY")
      #expect(error.domain == "test.patron")
      #expect(error.metadata == ["day": "Monday"])
      #expect(error.fieldViolations == [ErrorDetail.FieldViolation(field: "text", description: "is empty")])
      #expect(error.retryDelay == .milliseconds(1500))
      #expect(error.trailers["refused-by"] == "test")
    }
  }

  @Test(arguments: Transport.allCases) func anUnexpectedErrorTellsTheCallerNothing(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let error = try #require(await failure { try await world.unary(NoteMethods.breakDown, Note("")) })
      #expect(error.code == .internalError)
      #expect(error.message == "Internal error.")
      #expect(error.details.isEmpty)
    }
  }

  @Test(arguments: Transport.allCases) func anUnknownMethodIsUnimplemented(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      #expect(await failure { try await world.unary(NoteMethods.unknown, Note("")) }?.code == .unimplemented)
      let elsewhere = MethodDescriptor(service: "test.Nowhere", method: "Echo", kind: .unary)
      #expect(await failure { try await world.unary(elsewhere, Note("")) }?.code == .unimplemented)
    }
  }

  @Test(arguments: Transport.allCases) func bytesThatAreNoMessageAreAnInvalidArgument(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let error = await failure {
        try await world.channel.unary(NoteMethods.echo, request: [0xff, 0xff, 0xff], options: CallOptions(timeout: .seconds(300)))
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test(arguments: Transport.allCases) func aDeadlineEndsTheCallAndCancelsTheHandler(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      // On a busy machine a short deadline may pass before the call has reached its handler; then a longer one is tried.
      var timeout = Duration.milliseconds(50)
      while world.service.sleeping.seen == 0 {
        let error = await failure { try await world.unary(NoteMethods.sleep, Note("", 600_000), CallOptions(timeout: timeout)) }
        #expect(error?.code == .deadlineExceeded)
        timeout *= 2
      }
      await world.service.cancelled.wait()
    }
  }

  @Test(arguments: Transport.allCases) func aDeadlineThatHasPassedSendsNothing(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let error = await failure {
        try await world.unary(NoteMethods.echo, Note(""), CallOptions(deadline: Deadline(ContinuousClock.now - .seconds(1))))
      }
      #expect(error?.code == .deadlineExceeded)
    }
  }

  @Test(arguments: Transport.allCases) func cancellingTheCallersTaskCancelsTheHandler(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let caller = Task { await failure { try await world.unary(NoteMethods.sleep, Note("", 600_000)) } }
      await world.service.sleeping.wait()
      caller.cancel()
      #expect(await caller.value?.code == .cancelled)
      await world.service.cancelled.wait()
    }
  }

  @Test(arguments: Transport.allCases) func aCallMadeByACancelledTaskFailsAtOnce(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let caller = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await failure { try await world.unary(NoteMethods.echo, Note("")) }
      }
      #expect(await caller.value?.code == .cancelled)
    }
  }

  @Test(arguments: Transport.allCases) func droppingAReplyStreamCancelsTheCall(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      do {
        let replies: ReplyStream<Note> = try await world.channel.serverStreaming(
          NoteMethods.flood, Note("", Int(Int32.max)), options: CallOptions())
        var iterator = replies.makeAsyncIterator()
        #expect(try await iterator.next() != nil)
      }
      // The connection goes on: the endless call is gone, or it would hold the drain at the end of this test for its whole grace.
      try await world.expect(NoteMethods.echo, Note("still here"), gives: Note("still here"))
    }
  }

  @Test(arguments: Transport.allCases) func aMessageOverTheLimitIsResourceExhausted(_ transport: Transport) async throws {
    try await TestWorld.with(transport, configure: { $0.largestMessageBytes = 1000 }) { world in
      #expect(
        await failure { try await world.unary(NoteMethods.echo, Note(String(repeating: "x", count: 1001))) }?.code == .resourceExhausted)
      try await world.expect(NoteMethods.echo, Note("small"), gives: Note("small"))
    }
  }

  @Test(arguments: [Transport.plaintext, .tls]) func aReplyOverTheClientsLimitIsResourceExhausted(_ transport: Transport) async throws {
    try await TestWorld.with(transport, configureChannel: { $0.largestMessageBytes = 1000 }) { world in
      #expect(
        await failure { try await world.unary(NoteMethods.echo, Note(String(repeating: "x", count: 1001))) }?.code == .resourceExhausted)
    }
  }

  @Test(arguments: Transport.allCases) func messagesTravelCompressedEachWayAsAsked(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let text = String(repeating: "compress me ", count: 20_000)
      for (compression, wantsCompressed) in [(Compression.identity, 0), (.gzip, 0), (.identity, 1), (.gzip, 1)] {
        let options = CallOptions(timeout: .seconds(300), compression: compression)
        let reply = try await world.channel.unary(
          NoteMethods.squeeze, request: Note(text, wantsCompressed).encoded(), options: options)
        #expect(try Note(decoding: reply.message) == Note(text, compression == .gzip ? 1 : 0))
        #expect(reply.isCompressed == (wantsCompressed == 1))
      }
    }
  }

  @Test(arguments: Transport.allCases) func eachMessageOfAStreamIsCompressedOrNot(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let options = CallOptions(timeout: .seconds(300), compression: .gzip)
      let call: ClientStream<Note, Note> = try await world.channel.streaming(NoteMethods.squeezeEach, options: options)
      let replies = call.replies
      var iterator = replies.makeAsyncIterator()
      for (asked, answered) in [(true, 1), (false, 1), (false, 0), (true, 0)] {
        try await call.send(Note("x", answered), compress: asked)
        #expect(try await iterator.next() == Note("x", asked ? 1 : 0))
        #expect(replies.replyIsCompressed == (answered == 1))
      }
      try await call.finish()
      #expect(try await iterator.next() == nil)
    }
  }

  @Test(arguments: Transport.allCases) func aMessageThatInflatesOverTheLimitIsResourceExhausted(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      // A thousand times smaller on the wire than its five million bytes.
      let bomb = Note(String(repeating: "0", count: 5_000_000))
      let error = await failure {
        try await world.unary(NoteMethods.echo, bomb, CallOptions(timeout: .seconds(300), compression: .gzip))
      }
      #expect(error?.code == .resourceExhausted)
      #expect(error?.reason == "MESSAGE_TOO_LARGE")
      try await world.expect(NoteMethods.echo, Note("small"), gives: Note("small"))
    }
  }

  @Test(arguments: Transport.allCases) func headersOverTheLimitAreRefusedAndTheConnectionGoesOn(_ transport: Transport) async throws {
    try await TestWorld.with(transport, configure: { $0.headerListBytes = 4096 }) { world in
      var options = CallOptions(timeout: .seconds(300))
      options.metadata.append("word", String(repeating: "x", count: 5000))
      #expect(await failure { try await world.unary(NoteMethods.echo, Note(""), options) }?.code == .resourceExhausted)
      try await world.expect(NoteMethods.echo, Note("small"), gives: Note("small"))
    }
  }

  @Test(arguments: Transport.allCases) func tenThousandCallsAtOnceAllGetTheirOwnReply(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let right = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<10_000 {
          let note = Note("call \(number)", number)
          group.addTask { (try? await world.unary(NoteMethods.echo, note, CallOptions(timeout: .seconds(300)))) == note }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(right == 10_000)
    }
  }

  @Test(arguments: Transport.allCases) func aSlowReaderStopsTheWriter(_ transport: Transport) async throws {
    try await TestWorld.with(transport) { world in
      let replies: ReplyStream<Note> = try await world.channel.serverStreaming(NoteMethods.flood, Note("", 20_000), options: CallOptions())
      var iterator = replies.makeAsyncIterator()
      #expect(try await iterator.next()?.code == 0)
      // The writer stops by itself: its count stands still once windows and buffers are full.
      var last = -1
      while true {
        let now = world.service.flooded.load(ordering: .relaxed)
        if now == last { break }
        last = now
        try await Task.sleep(for: .milliseconds(100))
      }
      // A stream window of 256 KiB, a stream buffer of 64 KiB, and what the sockets hold in each direction.
      #expect(last < 15_000)
      var received = 1
      while try await iterator.next() != nil { received += 1 }
      #expect(received == 20_000)
    }
  }

  @Test(arguments: Transport.allCases) func aHandlerMayCallItsOwnServerOnTheSameLoop(_ transport: Transport) async throws {
    let caller = NestedCaller()
    try await TestWorld.with(transport, interceptors: [caller]) { world in
      caller.channel.withLock { $0 = world.channel }
      var options = CallOptions(timeout: .seconds(300))
      options.metadata.append("nested", "3")
      try await world.expect(NoteMethods.echo, Note("outer"), options, gives: Note("outer"))
      #expect(caller.calls.load(ordering: .relaxed) == 3)
      caller.channel.withLock { $0 = nil }
    }
  }
}

/// Before the handler runs, calls the same server again as often as the metadata says.
private final class NestedCaller: ServerInterceptor {
  let channel = Mutex<(any RPCChannel)?>(nil)
  let calls = Atomic<Int>(0)

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    if let depth = context.metadata["nested"].flatMap({ Int($0) }), depth > 0, let channel = channel.withLock({ $0 }) {
      var options = CallOptions(deadline: context.deadline)
      options.metadata.append("nested", String(depth - 1))
      let _: Note = try await channel.unary(NoteMethods.echo, Note("inner"), options: options)
      calls.wrappingAdd(1, ordering: .relaxed)
    }
    return try await next(context)
  }
}
