public import Cryptography

/// Somebody who is expected to have signed, and how that is recognised.
public enum RequiredSigner: Hashable, Sendable, CustomStringConvertible {
    /// A name in the allowed signers.
    case principal(String)
    /// An SSH key, by `SHA256:` and base64.
    case key(String)
    /// `email:`, an e-mail address among a certificate's alternative names, with a chain to a given authority.
    case email(String)
    /// `subject:`, a certificate's whole subject, with a chain to a given authority.
    case subject(DistinguishedName)
    /// `cert:`, the SHA-256 of a certificate's DER in hex. It needs no chain; its dates and given revocation lists count.
    case certificate(SHA256Digest)

    /// Reads what stands behind `--require-signer`. Throws `malformed`.
    public init(parsing text: String) throws(CryptographyError) {
        func rest(_ prefix: String) -> String? {
            text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
        }
        if let address = rest("email:") {
            guard address.utf8.contains(UInt8(ascii: "@")) else {
                throw Self.malformed(text, "it is no e-mail address", "write email:NAME@DOMAIN")
            }
            self = .email(address)
        } else if let name = rest("subject:") {
            self = .subject(try DistinguishedName(parsing: name))
        } else if let hex = rest("cert:") {
            let digits = hex.filter { $0 != ":" }.lowercased()
            guard let digest = SHA256Digest(hex: digits) else {
                throw Self.malformed(
                    text, "it is not the SHA-256 of a certificate in 64 hex digits",
                    "get it with: openssl x509 -in FILE -noout -fingerprint -sha256")
            }
            self = .certificate(digest)
        } else if text.hasPrefix("SHA256:") {
            self = .key(text)
        } else {
            guard !text.isEmpty else {
                throw Self.malformed(
                    text, "it names nobody",
                    "write a name of the allowed signers, SHA256:…, email:…, subject:… or cert:…")
            }
            self = .principal(text)
        }
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .principal(let name): name
        case .key(let fingerprint): fingerprint
        case .email(let address): "email:\(address)"
        case .subject(let name): "subject:\(name)"
        case .certificate(let digest): "cert:\(digest.hex)"
        }
    }

    private static func malformed(_ text: String, _ reason: String, _ advice: String) -> CryptographyError {
        CryptographyError(
            code: .malformed, doing: "reading who must have signed", subject: text, reason: reason, advice: advice)
    }
}
