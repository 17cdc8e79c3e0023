/// Which Patron this is: what `patron status`, `--version` and the metric `patron_build_info` say. Raised with each tag.
public enum BuildVersion {
  public static let text = "0.1.0"
}
