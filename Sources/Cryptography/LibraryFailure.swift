internal import COpenSSL

/// What OpenSSL left in its per-thread error queue.
enum LibraryFailure {
    /// Empties the queue and puts its newest message into an error.
    static func error(
        _ code: CryptographyError.Code = .libraryFailure, doing: String, subject: String = "", advice: String = ""
    ) -> CryptographyError {
        CryptographyError(code: code, doing: doing, subject: subject, reason: drainedReason(), advice: advice)
    }

    /// Empties the queue: a later failure must not be explained by an earlier one.
    static func clear() {
        ERR_clear_error()
    }

    private static func drainedReason() -> String {
        let number = ERR_peek_last_error()
        ERR_clear_error()
        guard number != 0, let text = ERR_reason_error_string(number) else { return "OpenSSL gave no reason" }
        return "OpenSSL: " + String(cString: text)
    }
}
