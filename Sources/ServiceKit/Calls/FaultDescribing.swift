import Database
import ProtobufC

/// An error whose description may stand in a log: it carries names of statements, fields and codes, never a value of a
/// request. Any other error is logged by the name of its type alone.
protocol FaultDescribing: Error {}

extension DatabaseError: FaultDescribing {}
