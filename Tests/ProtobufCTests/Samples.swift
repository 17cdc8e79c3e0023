import GoogleProto
import PatronAPI
import ProtobufC

/// The values of golden.py's cases, written in Swift.
enum Samples {
  static let scalars: TestingV1.Everything = {
    var value = TestingV1.Everything()
    value.doubleValue = -1.5
    value.floatValue = 0.25
    value.int32Value = -1
    value.int64Value = .min
    value.uint32Value = .max
    value.uint64Value = .max
    value.sint32Value = .min
    value.sint64Value = .min
    value.fixed32Value = 7
    value.fixed64Value = 8
    value.sfixed32Value = -9
    value.sfixed64Value = -10
    value.boolValue = true
    value.stringValue = "naïve 🙂"
    value.bytesValue = [0, 1, 2, 255]
    value.colour = .negative
    value.leaf = TestingV1.Leaf(text: "leaf", number: 300)
    value.eventTime = GoogleProtobuf.Timestamp(seconds: -1, nanos: 1_000)
    value.`class` = "c"
    value.`default` = "d"
    value.requestID = "r"
    value.memberIDs = ["m1", "m2"]
    value.nested = TestingV1.Everything.Nested(kind: .other, far: -1)
    return value
  }()

  static let presentDefaults: TestingV1.Everything = {
    var value = TestingV1.Everything()
    value.optionalInt32 = 0
    value.optionalInt64 = 0
    value.optionalBool = false
    value.optionalString = ""
    value.optionalBytes = []
    value.optionalColour = .unspecified
    value.optionalLeaf = TestingV1.Leaf()
    value.optionalDouble = 0
    value.leaf = TestingV1.Leaf()
    value.choice = .chosenNumber(0)
    return value
  }()

  static let repeated: TestingV1.Everything = {
    var value = TestingV1.Everything()
    value.int32Values = [0, -1, 300]
    value.sint64Values = [-1, 1]
    value.boolValues = [true, false]
    value.stringValues = ["", "x"]
    value.bytesValues = [[], [1]]
    value.colours = [.red, .negative, .unrecognized(77)]
    value.leaves = [TestingV1.Leaf(), TestingV1.Leaf(text: "x")]
    value.doubleValues = [0, 1e300]
    return value
  }()

  static func choosing(_ choice: TestingV1.Everything.Choice) -> TestingV1.Everything {
    var value = TestingV1.Everything()
    value.choice = choice
    return value
  }

  static func labelled(_ labels: [String: String]) -> TestingV1.Everything {
    var value = TestingV1.Everything()
    value.labels = labels
    return value
  }
}
