/// The books contradict themselves: a bug of ours or a damaged file, never a member's doing. It becomes INTERNAL, is logged, and
/// rolls the write back; `verify` names the rows.
struct LedgerFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
