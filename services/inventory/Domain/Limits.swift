/// The size of what one call may ask.
enum Limits {
  static let productsPerImport = 1_000
  static let storesPerImport = 1_000
  static let keysPerLookUp = 2_000
  static let stockLinesPerReceipt = 1_000
  static let productsPerStockQuery = 1_000
  static let barcodesPerProduct = 100
  static let linesPerOrder = 2_000
  static let tendersPerOrder = 100
  static let participantsPerPlan = 16
  static let dueWorkPerLease = 100

  /// Bytes of one page of orders, about: a quarter of what a message may be, since a page may pass it by its last order.
  static let pageBytes = 1_024 * 1_024

  /// Bytes of an order's record as it will be at its end, but for tenders and returns: its sale three times, once as the order and once in each
  /// of its two replies, and its plan. The rest of a message of 4 MiB is theirs.
  static let recordBytes = 3 * 1_024 * 1_024

  /// Bytes of a name, a code, an id that others chose.
  static let nameBytes = 256
  static let identifierBytes = 128
  static let reasonBytes = 256
  static let messageBytes = 1_024
  static let requestIDBytes = 64
  static let bodyHashBytes = 64
  /// Bytes of a frozen plan or a kept reply: an order of 2,000 lines fits several times over.
  static let documentBytes = 8 * 1_024 * 1_024

  /// Units of one product on one line. Sums over the largest order stay far from the end of 64 bits.
  static let quantity: Int64 = 1_000_000_000
  /// Minor units of one amount.
  static let amount: Int64 = 1_000_000_000_000

  static let leaseSeconds: ClosedRange<Double> = 1...3_600
  static let stalledSeconds: ClosedRange<Double> = 0...86_400
  /// How far ahead a hold may reach: a forgotten cart must not keep goods for days.
  static let holdSeconds: Double = 86_400
}
