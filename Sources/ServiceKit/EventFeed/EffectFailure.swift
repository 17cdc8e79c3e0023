import Database
import RPC

/// An event's effect threw, or there was no room to park the event: which of the batch, and what.
struct EffectFailure: Error {
  let index: Int
  let error: any Error

  enum Kind {
    /// The machine, the disk, another writer: the same event may take effect later.
    case passing
    /// It ran past the time limit, alone or as the last straw of its batch.
    case slow
    /// The event and the state as they are do not go together: another attempt would fail in the same way.
    case lasting
    /// Nothing more may be parked: an operator is to act.
    case blocked
  }

  var kind: Kind {
    switch error {
    case let error as DatabaseError: Self.kind(of: error)
    case is CancellationError: .passing
    case is ParkingFull: .blocked
    case let error as any RPCErrorConvertible: Self.kind(of: error.rpcError.code)
    case let error as RPCError: Self.kind(of: error.code)
    default: .lasting
    }
  }

  private static func kind(of error: DatabaseError) -> Kind {
    switch error {
    case .interrupted: .slow
    case .busy, .full, .corrupt, .readOnly, .inputOutput, .outOfMemory, .commitUnknown, .transactionLost, .queueFull, .deadlineExceeded,
      .closed:
      .passing
    case .constraint, .columnType, .invalidStatement, .engine, .server, .closureNotRepeatable, .lockOrder, .migration, .backup, .archive:
      .lasting
    }
  }

  private static func kind(of code: StatusCode) -> Kind {
    switch code {
    case .unavailable, .deadlineExceeded, .aborted, .cancelled: .passing
    default: .lasting
    }
  }
}

extension EffectFailure {
  /// What an operator reads: the description of an error that promises to hold no value, a reason, or the error's type.
  static func text(of error: any Error) -> String {
    switch error {
    case let error as any FaultDescribing: "\(error)"
    case let error as RPCError: error.reason ?? "\(error.code)"
    case let error as any RPCErrorConvertible: error.rpcError.reason ?? "\(type(of: error))"
    default: "\(type(of: error))"
    }
  }
}
