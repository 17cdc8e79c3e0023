package import CProtobufC

/// How libprotobuf-c lays out one message type: a reference to the descriptor that protoc-gen-c generated for it.
public struct MessageLayout: @unchecked Sendable {
  // @unchecked: the descriptor is a C constant, never written.
  package let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  package init(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) {
    self.descriptor = descriptor
  }

  var fullName: String { String(cString: descriptor.pointee.name) }
  var structBytes: Int { descriptor.pointee.sizeof_message }
}
