/// One connection of a server at one instant: what channelz calls a socket.
public struct ConnectionReport: Sendable, Equatable {
  public enum State: String, Sendable {
    case serving
    /// The peer was told to go; its calls end in peace.
    case draining
  }

  /// `host:port` of the other end.
  public var peer: String
  public var isEncrypted: Bool
  public var state: State
  public var age: Duration
  /// Since bytes came.
  public var silence: Duration
  public var openCalls: Int
  public var callsStarted: Int
  public var bytesReceived: Int
  public var bytesSent: Int
  /// Bytes of requests that calls hold, and of replies that wait to be read.
  public var requestBytes: Int
  public var replyBytes: Int
}

/// What one event loop of a channel keeps of one address: what channelz calls a subchannel.
public struct SubchannelReport: Sendable, Equatable {
  public enum State: String, Sendable {
    case idle
    case connecting
    case ready
    /// The last attempt failed, the server says that it is unhealthy, or its calls fail more than others'.
    case failing
  }

  /// `host:port`, as it was resolved.
  public var address: String
  public var state: State
  public var isEjected: Bool
  public var openCalls: Int
  public var callsSucceeded: Int
  public var callsFailed: Int
}

/// A channel at one instant.
public struct ChannelReport: Sendable, Equatable {
  public var target: String
  /// Calls that wait for a connection, or for room on one.
  public var waitingCalls: Int
  /// For each event loop, each address.
  public var subchannels: [SubchannelReport]
}
