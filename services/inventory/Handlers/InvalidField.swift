import ServiceKit

/// The error for one field that is wrong, where there is nothing else to collect.
enum InvalidField {
  static func error(_ field: String, _ description: String) -> any Error {
    var errors = FieldErrors()
    errors.add(field, description)
    do throws(FieldViolations) {
      try errors.throwIfAny()
    } catch {
      return error
    }
    preconditionFailure("a violation was added")
  }
}
