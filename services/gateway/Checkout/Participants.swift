import Logging
import PatronAPI
import ProtobufC
import RPC
import ServiceKit

/// Sends the frozen steps of a plan to whom they are for, all at once.
struct Participants: Sendable {
  private let upstreams: Upstreams
  private let faults: FaultPoints

  init(upstreams: Upstreams, faults: FaultPoints) {
    self.upstreams = upstreams
    self.faults = faults
  }

  /// One step's participant and how it answered.
  struct Answer: Sendable {
    var participant: String
    var result: Result<[UInt8], UpstreamError>
  }

  /// Sends each step once, in parallel, and reaches `point` after each. The answers stand in the steps' order.
  func send(_ steps: [GatewayV1.SagaStep], _ point: FaultPoint, _ chain: CallChain) async -> [Answer] {
    await inParallel(steps) { await send($0, point, chain) }
  }

  /// Sends each step until it is answered or `deadline` passes. What was decided is never refused, so a refusal is a fault that
  /// another attempt would only repeat; a queue or a disk that is full may have room again.
  func sendUntilDone(_ steps: [GatewayV1.SagaStep], _ point: FaultPoint, by deadline: Deadline, _ chain: CallChain) async -> [Answer] {
    await inParallel(steps) { step in
      var backOff = BackOff(until: deadline)
      while true {
        let answer = await send(step, point, chain)
        guard case .failure(let error) = answer.result, error.mayPass, await backOff.pause() else { return answer }
      }
    }
  }

  private func send(_ step: GatewayV1.SagaStep, _ point: FaultPoint, _ chain: CallChain) async -> Answer {
    guard let upstream = upstreams.participant(step.participant), let method = MethodDescriptor(path: step.method) else {
      // Frozen by a newer gateway, which will carry it on.
      let cause = RPCError(.unimplemented, "this gateway knows no participant \(step.participant)")
      return Answer(participant: step.participant, result: .failure(UpstreamError(service: step.participant, cause: cause)))
    }
    do {
      let reply = try await upstream.forward(method, step.request, chain.asGateway())
      faults.reach(point)
      return Answer(participant: step.participant, result: .success(reply.message))
    } catch let error as UpstreamError {
      return Answer(participant: step.participant, result: .failure(error))
    } catch {
      let cause = RPCError(.cancelled, "the call was given up")
      return Answer(participant: step.participant, result: .failure(UpstreamError(service: step.participant, cause: cause)))
    }
  }

  private func inParallel(
    _ steps: [GatewayV1.SagaStep], _ send: @escaping @Sendable (GatewayV1.SagaStep) async -> Answer
  ) async -> [Answer] {
    // One participant, or none, needs no group.
    if steps.count <= 1 {
      guard let step = steps.first else { return [] }
      return [await send(step)]
    }
    return await withTaskGroup(of: (Int, Answer).self) { group in
      for (index, step) in steps.enumerated() { group.addTask { (index, await send(step)) } }
      var answers: [(Int, Answer)] = []
      for await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}

extension [Participants.Answer] {
  /// What stopped the steps, if anything did: a refusal before silence, since it is the answer that a till can act upon.
  var failure: UpstreamError? {
    let failures = compactMap { answer in if case .failure(let error) = answer.result { error } else { nil } }
    return failures.first { $0.kind == .refused } ?? failures.first
  }

  /// The reply of one participant, decoded; nil when it was not asked.
  func reply<Reply: ProtobufMessage>(of participant: String, as reply: Reply.Type) throws -> Reply? {
    guard let answer = first(where: { $0.participant == participant }) else { return nil }
    return try Reply(decoding: answer.result.get())
  }
}

extension MethodDescriptor {
  /// Reads "/package.Service/Method"; nil for anything else.
  init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else { return nil }
    self.init(service: String(parts[1]), method: String(parts[2]), kind: .unary)
  }
}
