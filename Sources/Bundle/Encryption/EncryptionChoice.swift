internal import BundleFormat
public import Cryptography

/// To whom a bundle that is made of another is encrypted.
public enum EncryptionChoice: Sendable {
    /// To those that the opening record names; not at all when it was not.
    case asBefore
    /// A passphrase must be the only one.
    case to([AgeRecipient])
    /// Not, also when it was. Refused when values of Secrets are in it.
    case none

    /// - Parameter opening: of what it is made of; nil when that is not encrypted.
    /// - Returns: empty for a bundle that is not encrypted.
    func recipients(
        opening: OpeningRecord?, doing: String, subject: String
    ) throws(BundleError) -> [AgeRecipient] {
        func refusal(_ reason: String, _ advice: String) -> BundleError {
            BundleError(code: .wouldDecrypt, doing: doing, subject: subject, reason: reason, advice: advice)
        }
        switch self {
        case .to(let recipients): return recipients
        case .none:
            guard opening?.secrets != .included else {
                throw refusal("values of Secrets are in it: it stays encrypted", "say to whom, with --encrypt-to")
            }
            return []
        case .asBefore:
            guard let opening else { return [] }
            guard !opening.recipients.isEmpty else {
                throw refusal(
                    "it is encrypted, and does not say to whom: it was encrypted after it was sealed",
                    "say to whom, with --encrypt-to")
            }
            guard !opening.recipients.contains(Self.passphrase) else {
                throw refusal(
                    "it was encrypted with a passphrase, which is nowhere in it",
                    "give one again, or say to whom with --encrypt-to")
            }
            do {
                var recipients: [AgeRecipient] = []
                for text in opening.recipients { recipients.append(try AgeRecipient(parsing: text)) }
                return recipients
            } catch {
                throw refusal("a recipient that it names cannot be used: \(error)", "say to whom, with --encrypt-to")
            }
        }
    }

    /// What stands for a passphrase in the opening record.
    static let passphrase = "passphrase"
}
