/// The header of an age file (C2SP age v1): the file key, wrapped for each recipient, and a code over it all.
///
/// Reading it authenticates nothing: that takes an identity. The payload begins right after it, with a nonce.
public struct AgeHeader: Hashable, Sendable {
    /// Bytes of the header, its last line feed included.
    public let size: Int

    package let stanzas: [AgeStanza]
    /// Everything up to the mark of the last line: what the code is over.
    let authenticated: [UInt8]
    let code: SHA256Digest

    /// A header is never larger, in bytes: room for the stanzas of 1,000 recipients.
    public static let maximumSize = 256 << 10
    /// A header never has more recipients: each costs a reader time for each of its identities.
    public static let maximumRecipients = 1000

    static let reading = "reading an age header"
    static let versionPrefix = Array("age-encryption.org/".utf8)
    static let versionLine = Array("age-encryption.org/v1\n".utf8)
    static let stanzaMark = Array("-> ".utf8)
    static let endMark = Array("---".utf8)

    init(stanzas: [AgeStanza], authenticated: [UInt8], code: SHA256Digest, size: Int) {
        self.stanzas = stanzas
        self.authenticated = authenticated
        self.code = code
        self.size = size
    }

    /// Reads the header at the beginning of a file. Nil if `prefix` ends before the header does: then come again with
    /// more. With ``maximumSize`` bytes it is never nil.
    ///
    /// Throws `badHeader` for what is not the one encoding of a header, `unsupportedFormat` for other versions and
    /// ASCII armour, `tooLarge` beyond the limits.
    public static func parse(prefix: [UInt8]) throws(CryptographyError) -> AgeHeader? {
        var parser = AgeHeaderParser()
        var consumed = 0
        let header = try prefix.span.bytes.withUnsafeBytes { bytes throws(CryptographyError) in
            try parser.add(bytes, consumed: &consumed)
        }
        guard header != nil || prefix.count < maximumSize else { throw AgeHeaderParser.tooLarge() }
        return header
    }

    /// Whether a file that begins so is an age file of some version, not in ASCII armour.
    public static func isAge(prefix: some Sequence<UInt8>) -> Bool {
        prefix.starts(with: versionPrefix)
    }

    /// Whether a passphrase opens the file, and nothing else does.
    public var isForPassphrase: Bool { stanzas.first?.kind == .passphrase }

    /// What kinds of recipients it has, for people: `2 keys of age (X25519), 1 key of SSH (ssh-ed25519)`. Who they are
    /// cannot be told.
    public var recipientsText: String {
        var texts: [String] = []
        func add(_ count: Int, _ one: String, _ many: String) {
            if count > 0 { texts.append("\(count) \(count == 1 ? one : many)") }
        }
        if isForPassphrase { texts.append("a passphrase") }
        add(stanzas.count { $0.kind == .x25519 }, "key of age (X25519)", "keys of age (X25519)")
        add(stanzas.count { $0.kind == .sshEd25519 }, "key of SSH (ssh-ed25519)", "keys of SSH (ssh-ed25519)")
        add(stanzas.count { $0.kind == nil }, "recipient of another kind", "recipients of other kinds")
        return texts.joined(separator: ", ")
    }

    /// The bytes of a header with these stanzas.
    package static func encode(_ stanzas: [AgeStanza], fileKey: borrowing AgeFileKey) throws(CryptographyError)
        -> [UInt8]
    {
        var header = versionLine
        for stanza in stanzas { stanza.append(to: &header) }
        header += endMark
        let code = try fileKey.headerCode(over: header)
        header.append(UInt8(ascii: " "))
        header += Base64.encodeUnpadded(code.bytes)
        header.append(UInt8(ascii: "\n"))
        return header
    }

    /// Finds the file key and checks the header's code with it.
    ///
    /// Identities are tried in their order; the first that opens a stanza decides. Throws `noMatch` if there is none,
    /// `badMAC` if the header is not the one that was written with that key, `workFactor` for a passphrase that would
    /// take more memory than its identity allows.
    package func fileKey(identities: [AgeIdentity]) throws(CryptographyError) -> AgeFileKey {
        for identity in identities {
            guard let key = try identity.unwrap(stanzas) else { continue }
            guard ConstantTime.areEqual(try key.headerCode(over: authenticated), code) else {
                throw CryptographyError(
                    code: .badMAC, doing: "checking an age header",
                    reason: "its code does not belong to it: it was changed after it was written",
                    advice: "get the file again from where it was made")
            }
            return key
        }
        throw noMatch(identities)
    }

    private func noMatch(_ identities: [AgeIdentity]) -> CryptographyError {
        let hasPassphrase = identities.contains { $0.isPassphrase }
        let reason: String
        var advice = "give the identity of one of its recipients"
        switch (isForPassphrase, hasPassphrase) {
        case (true, true):
            (reason, advice) = ("the passphrase is wrong, or its header was altered", "try again")
        case (true, false):
            (reason, advice) = ("it is encrypted with a passphrase", "give the passphrase")
        case (false, true) where identities.count == 1:
            reason = "it is not encrypted with a passphrase, but to \(recipientsText)"
        case (false, _):
            switch identities.count {
            case 0: reason = "it is encrypted to \(recipientsText), and no identity was given"
            case 1:
                reason =
                    "it is not for this identity, or its header was altered: it is encrypted to \(recipientsText)"
            case let count:
                reason =
                    "it is for none of the \(count) identities, or its header was altered: it is encrypted to "
                    + recipientsText
            }
        }
        return CryptographyError(code: .noMatch, doing: "opening an age file", reason: reason, advice: advice)
    }
}
