/// Where a checkout stands. The order is the saga's only decider (design, section 7): the move out of `pending` is the decision,
/// and nothing leaves a decided state but by its one ending.
///
///     pending → committing → completed
///     pending → cancelling → cancelled
enum OrderState: Int64, Sendable, CaseIterable {
  /// Stock is held; participants are being asked to hold. Goes to `committing` or `cancelling`.
  case pending = 1
  /// Paid: participants are being told to commit. Goes to `completed`.
  case committing = 2
  /// The stock is posted and the reply is kept. Final.
  case completed = 3
  /// Refused, abandoned or expired: participants are being told to cancel. Goes to `cancelled`.
  case cancelling = 4
  /// The stock is given back. Final.
  case cancelled = 5

  /// Holds stock: what an order in this state has set aside is part of its levels' `held`.
  var holdsStock: Bool {
    switch self {
    case .pending, .committing, .cancelling: true
    case .completed, .cancelled: false
    }
  }

  var isCancelled: Bool { self == .cancelling || self == .cancelled }
}

enum Decision: Sendable, CaseIterable {
  case commit
  case cancel
}

/// What a saga's call does to an order. Every call may arrive twice, late, or beside its opposite; each is answered from the
/// state alone, so that the order in which they arrive is the only thing that matters.
enum OrderTransition: Equatable {
  case move(to: OrderState)
  /// Already so, or already decided: the answer is what stands.
  case stay
  case refuse(InventoryRefusal)
}

extension OrderState {
  /// DecideOrder. Once decided, the answer is the decision, whichever it was.
  ///
  /// - Parameter isHeld: Every participant holds, by an earlier RecordHold or by this very call. A cancel does not need it.
  func deciding(_ decision: Decision, isHeld: Bool) -> OrderTransition {
    guard self == .pending else { return .stay }
    switch decision {
    case .commit: return isHeld ? .move(to: .committing) : .refuse(.orderNotHeld)
    case .cancel: return .move(to: .cancelling)
    }
  }

  /// RecordHold. A decision that came first stands, and the caller learns it from the state.
  func recordingHold(isHeld: Bool) -> OrderTransition {
    self == .pending && !isHeld ? .move(to: .pending) : .stay
  }

  /// CompleteOrder.
  func completing() -> OrderTransition {
    switch self {
    case .committing: .move(to: .completed)
    case .completed: .stay
    case .pending: .refuse(.orderNotDecided)
    case .cancelling, .cancelled: .refuse(.orderCancelled)
    }
  }

  /// CancelOrder.
  func cancelling() -> OrderTransition {
    switch self {
    case .cancelling: .move(to: .cancelled)
    case .cancelled: .stay
    case .pending: .refuse(.orderNotDecided)
    case .committing, .completed: .refuse(.orderCompleted)
    }
  }

  /// ExtendOrder. An order past its expiry that nobody has cancelled yet is still open: expiry makes it due, not closed.
  func extending() -> OrderTransition {
    self == .pending ? .move(to: .pending) : .refuse(.orderNotOpen)
  }

  /// CreateReturn.
  func admitsReturn() -> Bool { self == .completed }
}
