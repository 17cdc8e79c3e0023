import RPC
import Testing

/// A service config in its JSON form: what is taken, what is refused, and which entry is a method's.
@Suite struct ServiceConfigTests {
  private static let retry =
    #""retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}"#

  private func method(_ service: String, _ name: String) -> MethodDescriptor {
    MethodDescriptor(service: service, method: name, kind: .unary)
  }

  @Test func everyFieldIsRead() throws {
    let config = try RPCServiceConfig(
      json: """
        {
          "methodConfig": [
            {"name": [{"service": "a.B", "method": "C"}], "waitForReady": true, "timeout": "1.000000001s", "maxRequestMessageBytes": 10,
             "maxResponseMessageBytes": "20", \(Self.retry)},
            {"name": [{"service": "a.B"}], "hedgingPolicy": {"maxAttempts": 3, "hedgingDelay": "0.5s", "nonFatalStatusCodes": [14, "internal"]}}
          ],
          "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.5466},
          "loadBalancingConfig": [{"unheard_of": {}}, {"least_request_experimental": {"choiceCount": 11}}],
          "healthCheckConfig": {"serviceName": "a.B"},
          "somethingNew": [1, null]
        }
        """)
    let first = try #require(config.method(method("a.B", "C")))
    #expect(first.waitForReady == true)
    #expect(first.timeout == .seconds(1) + .nanoseconds(1))
    #expect(first.maxRequestMessageBytes == 10 && first.maxResponseMessageBytes == 20)
    let policy = try RetryPolicy(
      maxAttempts: 4, initialBackoff: .milliseconds(100), maxBackoff: .seconds(1), backoffMultiplier: 2,
      retryableStatusCodes: [.unavailable])
    #expect(first.attempts == .retry(policy))
    let hedging = try HedgingPolicy(
      maxAttempts: 3, hedgingDelay: .milliseconds(500), nonFatalStatusCodes: [.unavailable, .internalError])
    #expect(config.method(method("a.B", "D"))?.attempts == .hedge(hedging))
    #expect(config.retryThrottling?.maxTokens == 10 && config.retryThrottling?.tokenRatio == 0.546)
    #expect(config.loadBalancing?.policy == .leastRequest(choiceCount: 10))
    #expect(config.healthCheckServiceName == "a.B")
  }

  @Test func anEmptyConfigSaysNothing() throws {
    let config = try RPCServiceConfig(json: "{}")
    #expect(config.method(method("a.B", "C")) == nil)
    #expect(config.loadBalancing == nil && config.retryThrottling == nil && config.healthCheckServiceName == nil)
  }

  @Test(arguments: [("a.B", "C", 1), ("a.B", "D", 2), ("a.X", "C", 3)])
  func theMostSpecificEntryWins(service: String, name: String, seconds: Int) throws {
    let config = try RPCServiceConfig(
      json: """
        {"methodConfig": [
          {"name": [{"method": ""}], "timeout": "3s"},
          {"name": [{"service": "a.B", "method": null}], "timeout": "2s"},
          {"name": [{"service": "a.B", "method": "C"}], "timeout": "1s"},
          {"name": [], "timeout": "4s"}
        ]}
        """)
    #expect(config.method(method(service, name))?.timeout == .seconds(seconds))
  }

  @Test(arguments: [(5, 5), (6, 5), (1000, 5)]) func moreThanFiveAttemptsAreFive(given: Int, taken: Int) throws {
    let policy = try RetryPolicy(
      maxAttempts: given, initialBackoff: .seconds(1), maxBackoff: .seconds(1), backoffMultiplier: 1, retryableStatusCodes: [.unavailable])
    #expect(policy.maxAttempts == taken)
    #expect(try HedgingPolicy(maxAttempts: given).maxAttempts == taken)
  }

  @Test(
    arguments: [
      (#"[{"round_robin": {}}]"#, .roundRobin),
      (#"[{"pick_first": {"shuffleAddressList": true}}, {"round_robin": {}}]"#, .pickFirst(shuffleAddressList: true)),
      (#"[{"grpclb": {}}, {"pick_first": null}]"#, .pickFirst(shuffleAddressList: false)),
      (#"[{"least_request_experimental": {}}]"#, .leastRequest(choiceCount: 2)),
    ] as [(String, LoadBalancingConfig.Policy)])
  func theFirstKnownPolicyIsTaken(list: String, policy: LoadBalancingConfig.Policy) throws {
    let expected = try LoadBalancingConfig(policy)
    #expect(try RPCServiceConfig(json: #"{"loadBalancingConfig": \#(list)}"#).loadBalancing == expected)
  }

  @Test func theOlderFieldNamesAPolicyToo() throws {
    #expect(try RPCServiceConfig(json: #"{"loadBalancingPolicy": "ROUND_ROBIN"}"#).loadBalancing?.policy == .roundRobin)
  }

  @Test func outlierDetectionWrapsAnotherPolicyAndHasTheDefaultsOfItsRule() throws {
    let config = try RPCServiceConfig(
      json: """
        {"loadBalancingConfig": [{"outlier_detection_experimental": {
          "interval": "1s", "maxEjectionPercent": 50, "successRateEjection": {"stdevFactor": 500}, "failurePercentageEjection": {},
          "childPolicy": [{"pick_first": {}}]}}]}
        """)
    let detection = try #require(config.loadBalancing?.outlierDetection)
    #expect(config.loadBalancing?.policy == .pickFirst())
    #expect(detection.interval == .seconds(1) && detection.baseEjectionTime == .seconds(30) && detection.maxEjectionTime == .seconds(300))
    #expect(detection.maxEjectionPercent == 50)
    let bySuccess = try #require(detection.successRateEjection)
    #expect(bySuccess.stdevFactor == 500 && bySuccess.enforcementPercentage == 100 && bySuccess.minimumHosts == 5)
    #expect(bySuccess.requestVolume == 100)
    let byFailure = try #require(detection.failurePercentageEjection)
    #expect(byFailure.threshold == 85 && byFailure.enforcementPercentage == 100 && byFailure.minimumHosts == 5)
    #expect(byFailure.requestVolume == 50)
  }

  private static func inRetry(_ field: String, _ value: String) -> String {
    var fields = [
      "maxAttempts": "2", "initialBackoff": "\"1s\"", "maxBackoff": "\"1s\"", "backoffMultiplier": "2", "retryableStatusCodes": "[14]",
    ]
    fields[field] = value
    let text = fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    return #"{"methodConfig": [{"retryPolicy": {\#(text)}}]}"#
  }

  @Test(
    arguments: [
      ("{", "The service config", "is no JSON"),
      ("[]", "", "must be an object"),
      (#"{"methodConfig": {}}"#, "methodConfig", "must be a list"),
      (#"{"methodConfig": [{"name": [{"service": "a"}, {"service": "a"}]}]}"#, "methodConfig[0].name", "a stands twice"),
      (
        #"{"methodConfig": [{"name": [{}]}, {"name": [{"service": ""}]}]}"#, "methodConfig[1].name",
        "the entry for all methods stands twice"
      ),
      (#"{"methodConfig": [{"name": [{"method": "C"}]}]}"#, "methodConfig[0].name[0].method", "needs a service beside it"),
      (#"{"methodConfig": [{"waitForReady": "yes"}]}"#, "methodConfig[0].waitForReady", "must be true or false"),
      (#"{"methodConfig": [{"timeout": "-1s"}]}"#, "methodConfig[0].timeout", "must not be negative"),
      (
        #"{"methodConfig": [{"maxRequestMessageBytes": -1}]}"#, "methodConfig[0].maxRequestMessageBytes",
        "must be a whole number that is not negative"
      ),
      (
        #"{"methodConfig": [{"hedgingPolicy": {"maxAttempts": 2}, \#(retry)}]}"#, "methodConfig[0].hedgingPolicy",
        "must not stand beside retryPolicy"
      ),
      (#"{"methodConfig": [{"hedgingPolicy": {}}]}"#, "methodConfig[0].hedgingPolicy.maxAttempts", "is missing"),
      (#"{"methodConfig": [{"hedgingPolicy": {"maxAttempts": 1}}]}"#, "methodConfig[0].hedgingPolicy.maxAttempts", "must be 2 or more"),
      (inRetry("maxAttempts", "1"), "methodConfig[0].retryPolicy.maxAttempts", "must be 2 or more"),
      (inRetry("maxAttempts", "2.5"), "methodConfig[0].retryPolicy.maxAttempts", "must be a whole number that is not negative"),
      (inRetry("initialBackoff", "null"), "methodConfig[0].retryPolicy.initialBackoff", "is missing"),
      (inRetry("maxBackoff", "\"0s\""), "methodConfig[0].retryPolicy.maxBackoff", "must be more than 0"),
      (inRetry("backoffMultiplier", "0"), "methodConfig[0].retryPolicy.backoffMultiplier", "must be more than 0"),
      (inRetry("retryableStatusCodes", "[]"), "methodConfig[0].retryPolicy.retryableStatusCodes", "must not be empty"),
      (
        inRetry("retryableStatusCodes", "[0]"), "methodConfig[0].retryPolicy.retryableStatusCodes[0]",
        "must be the name or the number of a status code of failure"
      ),
      (
        inRetry("retryableStatusCodes", #"["SOMETHING"]"#), "methodConfig[0].retryPolicy.retryableStatusCodes[0]",
        "must be the name or the number of a status code of failure"
      ),
      (#"{"retryThrottling": {"maxTokens": 0, "tokenRatio": 1}}"#, "retryThrottling.maxTokens", "must be 1 to 1000"),
      (#"{"retryThrottling": {"maxTokens": 1, "tokenRatio": 0}}"#, "retryThrottling.tokenRatio", "must be more than 0"),
      (#"{"retryThrottling": {"maxTokens": 1}}"#, "retryThrottling.tokenRatio", "is missing"),
      (#"{"loadBalancingConfig": [{"unheard_of": {}}]}"#, "loadBalancingConfig", "has no policy that is known"),
      (
        #"{"loadBalancingConfig": [{"pick_first": {}, "round_robin": {}}]}"#, "loadBalancingConfig[0]",
        "must have one field, the name of a policy"
      ),
      (
        #"{"loadBalancingConfig": [{"least_request_experimental": {"choiceCount": 1}}]}"#,
        "loadBalancingConfig[0].least_request_experimental.choiceCount", "must be 2 or more"
      ),
      (
        #"{"loadBalancingConfig": [{"outlier_detection_experimental": {}}]}"#,
        "loadBalancingConfig[0].outlier_detection_experimental.childPolicy", "is missing"
      ),
      (
        #"{"loadBalancingConfig": [{"outlier_detection_experimental": {"maxEjectionPercent": 101}}]}"#,
        "loadBalancingConfig[0].outlier_detection_experimental.maxEjectionPercent", "must be 0 to 100"
      ),
      (#"{"loadBalancingPolicy": "xyz"}"#, "loadBalancingPolicy", "names no policy that is known: xyz"),
      (#"{"healthCheckConfig": {"serviceName": 1}}"#, "healthCheckConfig.serviceName", "must be a string"),
    ])
  func whatIsWrongIsRefusedWithItsPlace(json: String, field: String, problem: String) {
    #expect(throws: ServiceConfigError(field, problem)) { try RPCServiceConfig(json: json) }
  }

  @Test(arguments: ["1", "1.5", "s", ".5s", "1.s", "1.0000000001s", "1,5s", "99999999999999999999s", "+1s", "--1s"])
  func aDurationThatIsNoneIsRefused(text: String) {
    let error = ServiceConfigError("methodConfig[0].timeout", "must be a duration such as \"1.5s\"")
    #expect(throws: error) { try RPCServiceConfig(json: #"{"methodConfig": [{"timeout": "\#(text)"}]}"#) }
  }
}
