/// Where an order stands, as inventory tells it.
enum OrderStanding: Equatable, Sendable, CaseIterable {
  /// Written, and not every participant holds yet.
  case opening
  /// Every participant holds: the till may take the money.
  case held
  case committing
  case completed
  case cancelling
  case cancelled
}

/// The calls of a till that move an order.
enum CheckoutCall: Equatable, Sendable, CaseIterable {
  case checkout
  case begin
  case complete
  case abandon
}

/// Whether the call that is being served is the one that ended the order.
enum EndedBy: Equatable, Sendable, CaseIterable {
  case thisCall
  case another
}

/// What a call does with an order that it finds: it goes on where any other gateway, or an earlier attempt, stopped.
enum NextStep: Equatable, Sendable {
  case placeHolds
  /// Answer with the bytes frozen at Begin: an OK reply replays for ever, whatever became of the order since.
  case answerBegin
  case decideCommit
  case decideCancel
  /// Decided: roll forward, then answer.
  case rollForward
  case rollBack
  /// Answer with the bytes kept at the end.
  case answerEnd
  case refuse(Refusal)

  enum Refusal: Error, Equatable, Sendable {
    /// Begin has not answered yet, so the till cannot know of this order.
    case notHeld
    /// Another call completed it.
    case alreadyCompleted
    /// With the reason that the order keeps.
    case cancelled
  }

  /// - Parameters:
  ///   - wasHeld: Every participant held at some time, so Begin has answered OK, or was about to.
  ///   - endedBy: Matters to the calls that end an order; Begin and Checkout are found by their own key.
  static func of(_ call: CheckoutCall, on order: OrderStanding, wasHeld: Bool, endedBy: EndedBy) -> NextStep {
    switch call {
    case .checkout: checkout(order)
    case .begin: wasHeld ? .answerBegin : begin(order)
    case .complete, .abandon: ending(call, order, isOurs: endedBy == .thisCall)
    }
  }

  private static func checkout(_ order: OrderStanding) -> NextStep {
    switch order {
    case .opening, .held: .placeHolds
    case .committing: .rollForward
    case .completed: .answerEnd
    case .cancelling, .cancelled: .refuse(.cancelled)
    }
  }

  private static func begin(_ order: OrderStanding) -> NextStep {
    switch order {
    case .opening: .placeHolds
    case .held, .committing, .completed: .answerBegin
    case .cancelling, .cancelled: .refuse(.cancelled)
    }
  }

  private static func ending(_ call: CheckoutCall, _ order: OrderStanding, isOurs: Bool) -> NextStep {
    switch (call, order) {
    case (.complete, .opening): .refuse(.notHeld)
    case (.complete, .held): .decideCommit
    case (.complete, .committing) where isOurs: .rollForward
    case (.complete, .completed) where isOurs: .answerEnd
    case (.complete, .cancelling), (.complete, .cancelled): .refuse(.cancelled)
    case (.abandon, .opening), (.abandon, .held): .decideCancel
    case (.abandon, .cancelling): .rollBack
    case (.abandon, .cancelled): .answerEnd
    case (_, .committing), (_, .completed): .refuse(.alreadyCompleted)
    case (.checkout, _): checkout(order)
    case (.begin, _): begin(order)
    }
  }
}
