internal import CPatronProto

/// The contract's own description, for reflection and for whatever reads messages by name.
public enum PatronDescriptors {
  /// A `google.protobuf.FileDescriptorSet` of every file under proto/ and what they import, imports first, as protoc read them.
  public static let fileDescriptorSet: [UInt8] = [UInt8](
    UnsafeBufferPointer(start: patron_descriptor_set(), count: patron_descriptor_set_bytes()))
}
