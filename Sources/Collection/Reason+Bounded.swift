internal import BundleFormat

extension Reason {
    /// Reasons often are the cluster's words: a line of the ledger must not become as long as they are.
    var bounded: Reason {
        guard code.rawValue.utf8.count > 100 || message.utf8.count > 4_096 else { return self }
        return Reason(
            code: String(code.rawValue.unicodeScalars.prefix(25)),
            message: String(message.unicodeScalars.prefix(1_000)) + " …")
    }
}
