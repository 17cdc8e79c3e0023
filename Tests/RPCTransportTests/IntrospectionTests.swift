import RPC
import RPCTransport
import Testing

/// What an operator sees of connections and channels.
@Suite struct IntrospectionTests {
  @Test(arguments: [Transport.plaintext, .tls]) func aServerTellsItsConnectionsAndAChannelItsAddresses(_ transport: Transport) async throws
  {
    try await TestWorld.with(transport) { world in
      let server = try #require(world.server)
      let channel = try #require(world.channel as? NetworkChannel)
      #expect(await server.connections().isEmpty)
      for number in 0..<3 { try await world.expect(NoteMethods.echo, Note("\(number)"), gives: Note("\(number)")) }
      _ = await failure { try await world.unary(NoteMethods.refuse, Note("")) }
      let connection = try #require(await server.connections().first)
      #expect(connection.callsStarted == 4)
      #expect(connection.state == .serving)
      #expect(connection.isEncrypted == (transport == .tls))
      #expect(connection.bytesReceived > 100 && connection.bytesSent > 100)
      let subchannel = try #require(await channel.report().subchannels.first)
      #expect(subchannel.address == world.address?.description)
      #expect(subchannel.state == .ready)
      #expect(subchannel.callsSucceeded + subchannel.callsFailed == 4)
      #expect(subchannel.openCalls == 0)
    }
  }
}
