import Database
import ProtobufC
import RPC
import Testing

@testable import ServiceKit

@Suite struct ErrorMappingTests {
  private static let cases: [(error: any Error, code: StatusCode, reason: String?, isFault: Bool)] = [
    (RPCError(.notFound, "gone", reason: "GONE", domain: "other"), .notFound, "GONE", false),
    (Refusal(.aborted, "TRY_AGAIN", "try again"), .aborted, "TRY_AGAIN", false),
    (RequestIDReused(), .alreadyExists, "REQUEST_ID_REUSED", false),
    (CancellationError(), .cancelled, "CANCELLED", false),
    (DatabaseError.commitUnknown, .unavailable, "COMMIT_UNKNOWN", true),
    (DatabaseError.busy(sql: "x"), .unavailable, "DATABASE_BUSY", true),
    (DatabaseError.queueFull, .resourceExhausted, "OVERLOADED", true),
    (DatabaseError.deadlineExceeded, .deadlineExceeded, "DEADLINE_EXCEEDED", false),
    (DatabaseError.interrupted(sql: "x"), .deadlineExceeded, "DEADLINE_EXCEEDED", true),
    (DatabaseError.closed, .unavailable, "SHUTTING_DOWN", false),
    (DatabaseError.full(sql: "x"), .resourceExhausted, "STORAGE_FULL", true),
    (DatabaseError.inputOutput(sql: "x"), .unavailable, "STORAGE_UNAVAILABLE", true),
    (DatabaseError.corrupt(sql: "x"), .dataLoss, "STORAGE_DAMAGED", true),
    (DatabaseError.constraint(.unique, sql: "x"), .internalError, "INTERNAL", true),
    (ProtobufError.malformed(message: "x"), .internalError, "INTERNAL", true),
    (Unforeseen(), .internalError, "INTERNAL", true),
  ]

  private struct Unforeseen: Error {}

  @Test func everyErrorHasItsCodeItsReasonAndItsPlaceInTheLog() {
    for (error, code, reason, isFault) in Self.cases {
      let mapped = ErrorMapping(service: "loyalty").map(error)
      #expect(mapped.answer.code == code, "\(error)")
      #expect(mapped.answer.reason == reason, "\(error)")
      #expect(mapped.isFault == isFault, "\(error)")
    }
  }

  @Test func anAnswerSaysNothingOfTheStatementThatFailed() {
    for error in [
      DatabaseError.full(sql: "loyalty.secret"), .constraint(.unique, sql: "loyalty.secret"), .engine(code: 1, sql: "loyalty.secret"),
    ] {
      let answer = ErrorMapping(service: "loyalty").map(error).answer
      #expect(!answer.message.contains("secret"))
      #expect(answer.domain == "loyalty.patron")
    }
  }

  @Test func whereWaitingHelpsTheAnswerSaysHowLong() {
    for error in [DatabaseError.commitUnknown, .busy(sql: "x"), .queueFull, .closed] {
      #expect(ErrorMapping(service: "loyalty").map(error).answer.retryDelay != nil)
    }
    #expect(ErrorMapping(service: "loyalty").map(DatabaseError.full(sql: "x")).answer.retryDelay == nil)
  }
}
