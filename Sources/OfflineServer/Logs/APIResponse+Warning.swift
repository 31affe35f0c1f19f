extension APIResponse {
    /// Adds a warning, which kubectl prints on its standard error.
    ///
    /// Source: RFC 7234, section 5.5, and k8s.io/apimachinery, pkg/util/net/http.go, `NewWarningHeader`.
    mutating func warn(_ text: String) {
        var safe = ""
        for scalar in text.unicodeScalars.prefix(480) {
            // Of a name in a capture anything may come.
            guard (0x20..<0x7F).contains(scalar.value) else {
                safe.append("?")
                continue
            }
            if scalar == "\"" || scalar == "\\" { safe.append("\\") }
            safe.unicodeScalars.append(scalar)
        }
        headers.append(("Warning", "299 - \"\(safe)\""))
    }
}
