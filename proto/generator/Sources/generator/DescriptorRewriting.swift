import CDescriptor
import Foundation

// protoc-gen-c 1.4.1 by itself refuses proto3 `optional` and keeps strings as C strings, which end at the first NUL. Both are
// settled in the descriptors that it is given:
//
// - `proto3_optional` is cleared. What remains is the synthetic one-field oneof that protoc made, and its case tells presence.
// - `[(pb_c_field).string_as_bytes = true]` is set on every string field, which keeps its length.
// - Services are dropped: Patron's are generated as Swift.

func rewriteDescriptors(from input: String, to output: String) throws {
  try withDescriptorSet(at: input) { set in
    for file in elements(set.pointee.n_file, set.pointee.file) {
      file.pointee.n_service = 0
      for message in elements(file.pointee.n_message_type, file.pointee.message_type) { rewrite(message) }
    }
    var packed = [UInt8](repeating: 0, count: google__protobuf__file_descriptor_set__get_packed_size(set))
    google__protobuf__file_descriptor_set__pack(set, &packed)
    try Data(packed).write(to: URL(fileURLWithPath: output))
    // The generator ends now: what was patched in below is not libprotobuf-c's to free.
    exit(0)
  }
}

private func rewrite(_ message: UnsafeMutablePointer<Google__Protobuf__DescriptorProto>) {
  for nested in elements(message.pointee.n_nested_type, message.pointee.nested_type) { rewrite(nested) }
  for field in elements(message.pointee.n_field, message.pointee.field) {
    field.pointee.has_proto3_optional = 0
    field.pointee.proto3_optional = 0
    if field.pointee.type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING { setStringAsBytes(field) }
  }
}

/// protobuf-c.proto's extension of FieldOptions: field 1019, a message whose field 1 is `string_as_bytes`.
private let fieldOptionsExtension: UInt32 = 1019
/// Length 2, then `string_as_bytes: true`.
private let stringAsBytes: [UInt8] = [2, 0x08, 0x01]

private func setStringAsBytes(_ field: UnsafeMutablePointer<Google__Protobuf__FieldDescriptorProto>) {
  if field.pointee.options == nil {
    let options = UnsafeMutablePointer<Google__Protobuf__FieldOptions>.allocate(capacity: 1)
    google__protobuf__field_options__init(options)
    field.pointee.options = options
  }
  let data = UnsafeMutablePointer<UInt8>.allocate(capacity: stringAsBytes.count)
  data.initialize(from: stringAsBytes, count: stringAsBytes.count)
  let old = field.pointee.options.pointee.base
  let unknown = UnsafeMutablePointer<ProtobufCMessageUnknownField>.allocate(capacity: Int(old.n_unknown_fields) + 1)
  for index in 0..<Int(old.n_unknown_fields) { (unknown + index).initialize(to: old.unknown_fields[index]) }
  (unknown + Int(old.n_unknown_fields)).initialize(
    to: ProtobufCMessageUnknownField(
      tag: fieldOptionsExtension, wire_type: PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, len: stringAsBytes.count, data: data))
  field.pointee.options.pointee.base.unknown_fields = unknown
  field.pointee.options.pointee.base.n_unknown_fields = old.n_unknown_fields + 1
}
