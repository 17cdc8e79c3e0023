extension String {
  /// Proto3 has no absent string: an empty one stands for "none" where the contract says so.
  var nonEmpty: String? { isEmpty ? nil : self }
}
