import Foundation

/// An instant as people write it: "2028-02-29T23:59:59.999999Z", or with an offset.
func instant(_ text: String, sourceLocation: StaticString = #filePath) -> Date {
  let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
  let whole = Date.ISO8601FormatStyle()
  guard let date = (try? withFraction.parse(text)) ?? (try? whole.parse(text)) else {
    preconditionFailure("\(text) is no instant (\(sourceLocation))")
  }
  return date
}

let microsecond: TimeInterval = 0.000_001
