public import RPC

/// Collects what is wrong with a request, field by field, so that a caller learns all of it at once.
///
///     var errors = FieldErrors()
///     errors.require(request.name.count <= 200, "name", "at most 200 characters")
///     try errors.throwIfAny()
public struct FieldErrors: Sendable {
  /// More than this many are counted and not listed: a reply's details must fit into a header block.
  public static let listedAtMost = 32

  private var violations: [(field: String, description: String)] = []
  private var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Notes that `field` (in the contract's spelling, such as `lines[2].amount`) is wrong.
  public mutating func add(_ field: String, _ description: String) {
    count += 1
    if violations.count < Self.listedAtMost { violations.append((field, description)) }
  }

  /// Notes `description` unless `condition` holds, and says whether it held.
  @discardableResult
  public mutating func require(_ condition: Bool, _ field: String, _ description: @autoclosure () -> String) -> Bool {
    if !condition { add(field, description()) }
    return condition
  }

  /// Refuses text that is empty or longer than `bytes` of UTF-8.
  @discardableResult
  public mutating func require(text: String, _ field: String, upTo bytes: Int) -> Bool {
    require(!text.isEmpty, field, "must not be empty") && require(optionalText: text, field, upTo: bytes)
  }

  /// Refuses text longer than `bytes` of UTF-8; empty text is allowed.
  @discardableResult
  public mutating func require(optionalText text: String, _ field: String, upTo bytes: Int) -> Bool {
    require(text.utf8.count <= bytes, field, "at most \(bytes) bytes of UTF-8")
  }

  /// What `parse` gives; nil, with what it throws noted as the problem of `field`. For Domain types that check themselves: the
  /// description of what they throw is a sentence for people.
  public mutating func read<Value>(_ field: String, _ parse: () throws -> Value) -> Value? {
    do {
      return try parse()
    } catch {
      add(field, "\(error)")
      return nil
    }
  }

  /// Throws INVALID_ARGUMENT / INVALID_FIELDS with every violation as a `google.rpc.BadRequest`, if there is one.
  public func throwIfAny() throws(FieldViolations) {
    if !isEmpty { throw FieldViolations(violations: violations, count: count) }
  }
}

/// The fields that made a request invalid. `ErrorMapping` turns it into INVALID_ARGUMENT with a `BadRequest` detail.
public struct FieldViolations: Error, Sendable {
  public let violations: [(field: String, description: String)]
  /// How many there were, the unlisted included.
  public let count: Int

  /// The error as `service` answers it.
  public func rpcError(from service: String) -> RPCError {
    let first = violations.first.map { "\($0.field): \($0.description)" } ?? ""
    return RPCError(
      .invalidArgument, count == 1 ? first : "\(first) (and \(count - 1) more)", reason: "INVALID_FIELDS",
      domain: Refusal.domain(of: service), metadata: [:], fieldViolations: violations, retryDelay: nil)
  }
}

extension FieldViolations: RPCErrorConvertible {
  /// For a violation that meets the wire in a process without `ErrorMapping`.
  public var rpcError: RPCError { rpcError(from: "service") }
}
