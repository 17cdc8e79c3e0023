import RPC
import Testing

@testable import ServiceKit

@Suite struct FieldErrorsTests {
  @Test func everyWrongFieldIsAnsweredAtOnce() {
    var errors = FieldErrors()
    errors.require(text: "", "name", upTo: 5)
    errors.require(text: "toolong", "phone", upTo: 5)
    errors.require(text: "ééé", "email", upTo: 5)
    errors.require(true, "right", "never said")
    let thrown = #expect(throws: FieldViolations.self) { try errors.throwIfAny() }
    let answer = thrown?.rpcError(from: "loyalty")
    #expect(answer?.code == .invalidArgument)
    #expect(answer?.reason == "INVALID_FIELDS")
    #expect(answer?.domain == "loyalty.patron")
    #expect(answer?.fieldViolations.map(\.field) == ["name", "phone", "email"])
    #expect(answer?.message == "name: must not be empty (and 2 more)")
  }

  @Test func noWrongFieldThrowsNothing() throws {
    try FieldErrors().throwIfAny()
  }

  @Test func aThousandWrongFieldsFitIntoAReply() {
    var errors = FieldErrors()
    for index in 0..<1_000 { errors.add("lines[\(index)]", "wrong") }
    let thrown = #expect(throws: FieldViolations.self) { try errors.throwIfAny() }
    #expect(thrown?.violations.count == FieldErrors.listedAtMost)
    #expect(thrown?.count == 1_000)
  }
}
