/// How a channel spreads its calls over a service's addresses.
public struct LoadBalancingConfig: Sendable, Equatable {
  public enum Policy: Sendable, Equatable {
    /// One address at a time: the first that can be reached, until its connection is lost. Rule: gRFC A62.
    case pickFirst(shuffleAddressList: Bool = false)
    /// Every address in turn.
    case roundRobin
    /// The one of `choiceCount` addresses drawn at random that has the fewest calls open. Rule: gRFC A48.
    case leastRequest(choiceCount: Int = 2)
  }

  public let policy: Policy
  /// Keeps calls from addresses that fail more than the others; nil keeps none away.
  public let outlierDetection: OutlierDetection?

  /// Addresses that `leastRequest` draws at most.
  private static let mostChoices = 10

  /// - Throws: when `choiceCount` is below 2, or a number of the outlier detection is out of its range.
  public init(_ policy: Policy, outlierDetection: OutlierDetection? = nil) throws(ServiceConfigError) {
    try outlierDetection?.check()
    if case .leastRequest(let choiceCount) = policy {
      guard choiceCount >= 2 else { throw ServiceConfigError("choiceCount", "must be 2 or more") }
      self.policy = .leastRequest(choiceCount: min(choiceCount, Self.mostChoices))
    } else {
      self.policy = policy
    }
    self.outlierDetection = outlierDetection
  }
}

/// When an address that answers worse than the others gets no calls for a while. Every answer but OK counts as a failure, as gRPC has it.
/// Rule: gRFC A50.
public struct OutlierDetection: Sendable, Equatable {
  /// Ejects an address whose share of successes is far below the mean of all.
  public struct SuccessRateEjection: Sendable, Equatable {
    /// Thousandths of a standard deviation below the mean from which on an address is an outlier.
    public var stdevFactor = 1900
    public var enforcementPercentage = 100
    /// Addresses with enough calls that it takes to compare any.
    public var minimumHosts = 5
    /// Calls within one interval that make an address comparable.
    public var requestVolume = 100

    public init() {}
  }

  /// Ejects an address that fails more often than a fixed percentage, whatever the others do.
  public struct FailurePercentageEjection: Sendable, Equatable {
    public var threshold = 85
    public var enforcementPercentage = 100
    public var minimumHosts = 5
    public var requestVolume = 50

    public init() {}
  }

  /// Between two looks at the counts.
  public var interval: Duration = .seconds(10)
  /// Multiplied by how often the address was ejected.
  public var baseEjectionTime: Duration = .seconds(30)
  public var maxEjectionTime: Duration = .seconds(300)
  /// Of all addresses; one may always be ejected.
  public var maxEjectionPercent = 10
  public var successRateEjection: SuccessRateEjection?
  public var failurePercentageEjection: FailurePercentageEjection?

  public init() {}

  func check() throws(ServiceConfigError) {
    for (field, duration) in [("interval", interval), ("baseEjectionTime", baseEjectionTime), ("maxEjectionTime", maxEjectionTime)]
    where duration < .zero {
      throw ServiceConfigError(field, "must not be negative")
    }
    let percentages = [
      ("maxEjectionPercent", maxEjectionPercent),
      ("successRateEjection.enforcementPercentage", successRateEjection?.enforcementPercentage ?? 0),
      ("failurePercentageEjection.threshold", failurePercentageEjection?.threshold ?? 0),
      ("failurePercentageEjection.enforcementPercentage", failurePercentageEjection?.enforcementPercentage ?? 0),
    ]
    for (field, percentage) in percentages where !(0...100).contains(percentage) {
      throw ServiceConfigError(field, "must be 0 to 100")
    }
  }
}
