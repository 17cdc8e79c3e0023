/// A few short names in one text column, such as the participants of a plan. A name is of lower-case letters, digits and
/// hyphens (checked where it comes in), so a comma can stand between two.
enum NameList {
  static func encode(_ names: [String]) -> String { names.joined(separator: ",") }

  static func decode(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
}
