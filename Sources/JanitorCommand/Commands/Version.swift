/// What `--version` and the reports say.
public enum Version {
    public static let tool = "session-janitor"
    public static let number = "0.1.0"
}
