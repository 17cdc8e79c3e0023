/// Messages as JSON, for people: `patron call` reads its argument and prints its reply by it.
///
/// proto3's JSON mapping, driven by the contract's descriptors, so that it knows every message without generated code. In: a field by
/// its camelCase or its original name, numbers also as strings, enumerations by name or number, bytes as base64, Timestamp and
/// Duration and FieldMask as strings; an unknown field, a wrong type and a number out of range are refused with the path to them.
/// Out: camelCase names in the order of the contract, 64-bit integers as strings, enumerations by name, only fields that are present.
///
/// Not built for speed: services speak the binary form.
public enum ProtobufJSON {
  /// - Parameter messageName: the full name, such as "patron.type.v1.Money".
  /// - Returns: the message as indented JSON.
  public static func encode(_ bytes: [UInt8], messageName: String) throws(ProtobufJSONError) -> String {
    let schema = try ContractSchema.shared.message(messageName)
    return try WireToJSON(contract: .shared).object(bytes[...], schema).text
  }

  /// - Returns: the bytes of the message that `json` describes.
  public static func decode(_ json: String, messageName: String) throws(ProtobufJSONError) -> [UInt8] {
    let schema = try ContractSchema.shared.message(messageName)
    let value = try JSONValue(parsing: json)
    return try JSONToWire(contract: .shared).message(value, schema, path: "")
  }

  /// Every method of the contract, in its order.
  public static var services: [ServiceSchema] { ContractSchema.shared.services }
}

/// Why JSON is refused, in one sentence that names the path to the fault.
public struct ProtobufJSONError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }

  /// - Parameter path: where, such as "lines[2].listAmount"; empty for the whole.
  init(at path: String, _ description: String) {
    self.description = path.isEmpty ? description : "\(path): \(description)"
  }
}

/// A service of the contract as its descriptors name it.
public struct ServiceSchema: Sendable {
  /// "patron.gateway.v1.PointOfSaleService".
  public let fullName: String
  public let methods: [Method]

  public struct Method: Sendable {
    public let name: String
    public let requestName: String
    public let replyName: String
    public let streamsRequests: Bool
    public let streamsReplies: Bool
  }
}
