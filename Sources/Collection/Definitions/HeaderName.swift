/// Names of HTTP headers, by what stands in them.
public enum HeaderName {
    /// Whether what stands in a header of this name lets others act as somebody.
    public static func meansSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return words.contains { name.contains($0) } || ends.contains { name.hasSuffix($0) }
    }

    private static let words = [
        "cookie", "authorization", "token", "secret", "password", "passwd", "passphrase", "credential", "session",
        "api-key",
        "apikey", "signature", "csrf", "xsrf", "jwt", "bearer",
    ]
    private static let ends = ["key", "auth"]
}
