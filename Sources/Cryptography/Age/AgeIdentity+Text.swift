internal import COpenSSL

extension AgeIdentity {
    /// Lends the content of an identity file as age-keygen writes it, but for the date: a comment with the recipient, and
    /// the secret. The text is wiped afterwards. Only for X25519, the kind that is made here.
    public func withIdentityFileText<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard case .x25519(let half) = kind, let recipient else {
            throw CryptographyError(
                code: .unsupportedAlgorithm, doing: "writing an age identity", reason: "only X25519 keys are written")
        }
        let scalar = try X25519.scalar(of: half.key)
        let comment = "# public key: \(recipient)\n"
        // An array that grows leaves its old memory behind: it gets room for everything at once.
        var text: [UInt8] = []
        text.reserveCapacity(
            comment.utf8.count + Bech32.length(of: X25519.size, prefix: Self.prefix) + 1)
        defer { text.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        text += comment.utf8
        scalar.withBytes { Bech32.append($0, prefix: Self.prefix, to: &text) }
        text.append(UInt8(ascii: "\n"))
        return try text.withUnsafeBytes(body)
    }

    /// Reads the content of a file with identities: one a line, with comments (`#`) and blank lines, as age-keygen
    /// writes them; or an SSH private key, Ed25519 and without a passphrase. The caller's copy is the caller's to wipe.
    ///
    /// `subject` names the file in errors, which add the line's number.
    public static func parseFile(_ file: [UInt8], subject: String = "") throws(CryptographyError) -> [AgeIdentity] {
        if file.starts(with: "-----BEGIN AGE ENCRYPTED FILE-----".utf8) || AgeHeader.isAge(prefix: file) {
            throw CryptographyError(
                code: .keyEncrypted, doing: reading, subject: subject, reason: "the identity file is itself encrypted",
                advice: "decrypt it first with: age -d")
        }
        if file.starts(with: "-----BEGIN".utf8) {
            return [try AgeIdentity(sshKey: try SSHPrivateKey(parsing: file, subject: subject), subject: subject)]
        }
        var identities: [AgeIdentity] = []
        for line in try AgeKeyLine.all(in: file, doing: reading, subject: subject) {
            let identity = try line.bytes.span.bytes.withUnsafeBytes { bytes throws(CryptographyError) in
                try parse(bytes, subject: line.subject)
            }
            identities.append(identity)
        }
        return identities
    }
}
