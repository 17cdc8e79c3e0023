// A service config from its JSON form. What is wrong with one field spoils the whole, what is unknown is ignored (gRFC A21).

extension RPCServiceConfig {
  /// - Throws: what is wrong with the first field that cannot be used.
  public init(json: String) throws(ServiceConfigError) {
    guard let value = JSONValue.parse(json) else { throw ServiceConfigError("The service config", "is no JSON") }
    let fields = try JSONFields(value, at: "")
    var methods: [MethodConfig] = []
    for entry in try fields.objects("methodConfig") ?? [] { methods.append(try MethodConfig(entry)) }
    try self.init(
      methods: methods, loadBalancing: LoadBalancingConfig(of: fields),
      retryThrottling: fields.object("retryThrottling").map(RetryThrottling.init),
      healthCheckServiceName: fields.object("healthCheckConfig")?.string("serviceName"))
  }
}

extension Optional {
  /// `map` that keeps the type of the error, which `rethrows` does not.
  fileprivate func map<Result>(_ transform: (Wrapped) throws(ServiceConfigError) -> Result) throws(ServiceConfigError) -> Result? {
    guard let self else { return nil }
    return try transform(self)
  }
}

extension MethodConfig {
  fileprivate init(_ fields: JSONFields) throws(ServiceConfigError) {
    var names: [Name] = []
    for name in try fields.objects("name") ?? [] { names.append(try Name(name)) }
    let retry = try fields.object("retryPolicy").map(RetryPolicy.init)
    let hedging = try fields.object("hedgingPolicy").map(HedgingPolicy.init)
    let attempts: Attempts
    switch (retry, hedging) {
    case (nil, nil): attempts = .one
    case (let retry?, nil): attempts = .retry(retry)
    case (nil, let hedging?): attempts = .hedge(hedging)
    case (.some, .some): throw fields.error("hedgingPolicy", "must not stand beside retryPolicy")
    }
    let timeout = try fields.duration("timeout")
    if let timeout, timeout < .zero { throw fields.error("timeout", "must not be negative") }
    try self.init(
      names: names, waitForReady: fields.bool("waitForReady"), timeout: timeout,
      maxRequestMessageBytes: fields.integer("maxRequestMessageBytes"), maxResponseMessageBytes: fields.integer("maxResponseMessageBytes"),
      attempts: attempts)
  }
}

extension MethodConfig.Name {
  fileprivate init(_ fields: JSONFields) throws(ServiceConfigError) {
    let service = try fields.string("service") ?? ""
    let method = try fields.string("method") ?? ""
    switch (service.isEmpty, method.isEmpty) {
    case (true, true): self = .everything
    case (true, false): throw fields.error("method", "needs a service beside it")
    case (false, true): self = .service(service)
    case (false, false): self = .method(service: service, method: method)
    }
  }
}

extension RetryPolicy {
  fileprivate init(_ fields: JSONFields) throws(ServiceConfigError) {
    let maxAttempts = try fields.required("maxAttempts", fields.integer("maxAttempts"))
    let initialBackoff = try fields.required("initialBackoff", fields.duration("initialBackoff"))
    let maxBackoff = try fields.required("maxBackoff", fields.duration("maxBackoff"))
    let backoffMultiplier = try fields.required("backoffMultiplier", fields.number("backoffMultiplier"))
    let codes = try fields.required("retryableStatusCodes", fields.statusCodes("retryableStatusCodes"))
    self = try fields.make { () throws(ServiceConfigError) in
      try RetryPolicy(
        maxAttempts: maxAttempts, initialBackoff: initialBackoff, maxBackoff: maxBackoff, backoffMultiplier: backoffMultiplier,
        retryableStatusCodes: codes)
    }
  }
}

extension HedgingPolicy {
  fileprivate init(_ fields: JSONFields) throws(ServiceConfigError) {
    let maxAttempts = try fields.required("maxAttempts", fields.integer("maxAttempts"))
    let hedgingDelay = try fields.duration("hedgingDelay") ?? .zero
    let codes = try fields.statusCodes("nonFatalStatusCodes") ?? []
    self = try fields.make { () throws(ServiceConfigError) in
      try HedgingPolicy(maxAttempts: maxAttempts, hedgingDelay: hedgingDelay, nonFatalStatusCodes: codes)
    }
  }
}

extension RetryThrottling {
  fileprivate init(_ fields: JSONFields) throws(ServiceConfigError) {
    let maxTokens = try fields.required("maxTokens", fields.integer("maxTokens"))
    let tokenRatio = try fields.required("tokenRatio", fields.number("tokenRatio"))
    self = try fields.make { () throws(ServiceConfigError) in try RetryThrottling(maxTokens: maxTokens, tokenRatio: tokenRatio) }
  }
}

// MARK: Load balancing

extension LoadBalancingConfig {
  /// The first policy of the list that is known here; the name in the older field where there is no list.
  fileprivate init?(of fields: JSONFields) throws(ServiceConfigError) {
    if let list = try fields.objects("loadBalancingConfig") {
      self = try LoadBalancingConfig(firstOf: list, fields, "loadBalancingConfig")
    } else if let name = try fields.string("loadBalancingPolicy") {
      switch name.lowercased() {
      case "pick_first": try self.init(.pickFirst())
      case "round_robin": try self.init(.roundRobin)
      default: throw fields.error("loadBalancingPolicy", "names no policy that is known: \(name)")
      }
    } else {
      return nil
    }
  }

  private init(firstOf list: [JSONFields], _ parent: JSONFields, _ name: String) throws(ServiceConfigError) {
    for choice in list {
      guard let policy = choice.onlyName else { throw ServiceConfigError(choice.path, "must have one field, the name of a policy") }
      let config = try choice.objectOrEmpty(policy)
      switch policy {
      case "pick_first":
        self = try LoadBalancingConfig(.pickFirst(shuffleAddressList: config.bool("shuffleAddressList") ?? false))
      case "round_robin":
        self = try LoadBalancingConfig(.roundRobin)
      case "least_request_experimental":
        let choiceCount = try config.integer("choiceCount") ?? 2
        self = try config.make { () throws(ServiceConfigError) in try LoadBalancingConfig(.leastRequest(choiceCount: choiceCount)) }
      case "outlier_detection_experimental":
        let detection = try OutlierDetection(config)
        let children = try config.required("childPolicy", config.objects("childPolicy"))
        let child = try LoadBalancingConfig(firstOf: children, config, "childPolicy")
        guard child.outlierDetection == nil else { throw config.error("childPolicy", "must not detect outliers again") }
        self = try LoadBalancingConfig(child.policy, outlierDetection: detection)
      default: continue
      }
      return
    }
    throw parent.error(name, "has no policy that is known")
  }
}

extension OutlierDetection {
  fileprivate init(_ fields: JSONFields) throws(ServiceConfigError) {
    self.init()
    interval = try fields.duration("interval") ?? interval
    baseEjectionTime = try fields.duration("baseEjectionTime") ?? baseEjectionTime
    maxEjectionTime = try fields.duration("maxEjectionTime") ?? maxEjectionTime
    maxEjectionPercent = try fields.integer("maxEjectionPercent") ?? maxEjectionPercent
    if let given = try fields.object("successRateEjection") {
      var ejection = SuccessRateEjection()
      ejection.stdevFactor = try given.integer("stdevFactor") ?? ejection.stdevFactor
      ejection.enforcementPercentage = try given.integer("enforcementPercentage") ?? ejection.enforcementPercentage
      ejection.minimumHosts = try given.integer("minimumHosts") ?? ejection.minimumHosts
      ejection.requestVolume = try given.integer("requestVolume") ?? ejection.requestVolume
      successRateEjection = ejection
    }
    if let given = try fields.object("failurePercentageEjection") {
      var ejection = FailurePercentageEjection()
      ejection.threshold = try given.integer("threshold") ?? ejection.threshold
      ejection.enforcementPercentage = try given.integer("enforcementPercentage") ?? ejection.enforcementPercentage
      ejection.minimumHosts = try given.integer("minimumHosts") ?? ejection.minimumHosts
      ejection.requestVolume = try given.integer("requestVolume") ?? ejection.requestVolume
      failurePercentageEjection = ejection
    }
    let detection = self
    try fields.make { () throws(ServiceConfigError) in try detection.check() }
  }
}
