internal import Archive
internal import Cryptography

extension BundleError {
    /// A failure to open an encrypted file.
    init(opening error: CryptographyError, subject: String) {
        let code: Code =
            switch error.code {
            case .noMatch, .workFactor, .libraryFailure: .cannotDecrypt
            case .truncated: .truncated
            case .unsupportedFormat: .unsupported
            default: .damaged
            }
        let place = [subject, error.subject].filter { !$0.isEmpty }.joined(separator: ", ")
        let advice =
            error.code == .noMatch
            ? "give what opens it with --identity FILE, or the passphrase with --passphrase-file FILE" : error.advice
        self.init(
            code: code, doing: "opening an encrypted file", subject: place, reason: error.reason, advice: advice)
    }
}

extension ArchiveError {
    /// A failure to read on in an encrypted file.
    init(reading error: CryptographyError, subject: String) {
        let place = [subject, error.subject].filter { !$0.isEmpty }.joined(separator: ", ")
        self.init(
            error.code == .truncated ? .truncated : .damagedEncryption, doing: "decrypting", subject: subject,
            reason: place == subject ? error.reason : "\(error.subject): \(error.reason)")
    }

    /// A failure to encrypt.
    init(encrypting error: CryptographyError) {
        self.init(.writeFailed, doing: error.doing, subject: error.subject, reason: error.reason, advice: error.advice)
    }
}
