/// Who can open an age file: a public key, or a passphrase.
public struct AgeRecipient: Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        case x25519(point: [UInt8])
        case sshEd25519(SSHPublicKey, point: [UInt8])
        case passphrase(AgePassphrase, workFactor: Int)
    }

    let kind: Kind

    static let reading = "reading an age recipient"
    static let prefix = "age"
    static let x25519Label = "age-encryption.org/v1/X25519"
    static let sshLabel = "age-encryption.org/v1/ssh-ed25519"

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Reads `age1…` (X25519), or `ssh-ed25519 base64 [comment]` as in `id_ed25519.pub` and `authorized_keys`.
    ///
    /// Throws `unsupportedAlgorithm` for other kinds: SSH keys that are not Ed25519, age's plug-ins and post-quantum
    /// keys; `malformed` for the rest. `subject` says in errors where the text stands.
    public init(parsing text: some StringProtocol, subject: String = "") throws(CryptographyError) {
        let isSSH = ["ssh-", "ecdsa-", "sk-"].contains { text.hasPrefix($0) }
        if isSSH {
            let key: SSHPublicKey
            do { key = try SSHPublicKey(parsing: text) } catch { throw Self.refusal(error, subject: subject) }
            try self.init(sshKey: key, subject: subject)
            return
        }
        if text.hasPrefix("AGE-") {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: subject,
                reason: "this is an identity, which is secret, not a recipient",
                advice: "its recipient is what age-keygen -y says")
        }
        guard text.hasPrefix("age1") else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: subject,
                reason: "it begins neither with age1 nor with ssh-ed25519",
                advice: "a recipient is made with: age-keygen")
        }
        guard !text.dropFirst(4).utf8.contains(UInt8(ascii: "1")) else {
            throw CryptographyError(
                code: .unsupportedAlgorithm, doing: Self.reading, subject: subject,
                reason: "recipients of age's plug-ins and post-quantum keys are not used here",
                advice: "use a plain recipient, made with: age-keygen")
        }
        var point = [UInt8](repeating: 0, count: X25519.size)
        do throws(Bech32.Defect) {
            try Array(text.utf8).span.bytes.withUnsafeBytes { text throws(Bech32.Defect) in
                try point.withUnsafeMutableBufferPointer { point throws(Bech32.Defect) in
                    try Bech32.decode(text, prefix: Self.prefix, into: UnsafeMutableRawBufferPointer(point))
                }
            }
        } catch {
            throw CryptographyError(code: .malformed, doing: Self.reading, subject: subject, reason: error.reason)
        }
        try Self.check(point, subject: subject)
        self.init(.x25519(point: point))
    }

    /// An SSH key as a recipient. Only Ed25519 keys can be one.
    public init(sshKey: SSHPublicKey, subject: String = "") throws(CryptographyError) {
        guard sshKey.algorithm == .ed25519, case .ed25519(let encoded) = sshKey.material else {
            throw CryptographyError(
                code: .unsupportedAlgorithm, doing: Self.reading, subject: subject,
                reason: "nothing is encrypted to keys of type \(sshKey.algorithm.rawValue) here",
                advice: "use an ssh-ed25519 key, or one made with: age-keygen")
        }
        guard let point = EdwardsPoint.montgomery(encoded) else {
            throw CryptographyError(
                code: .malformed, doing: Self.reading, subject: subject,
                reason: "the Ed25519 key is no point of its curve")
        }
        try Self.check(point, subject: subject)
        kind = .sshEd25519(sshKey, point: point)
    }

    /// Whoever knows the passphrase; it must be a file's only recipient. The caller's copy is the caller's to wipe.
    ///
    /// `workFactor` is the binary logarithm of scrypt's N, from 1 to 22: the default, as age has it, takes 256 MiB of
    /// memory and about a second, for each file.
    public static func passphrase(_ passphrase: [UInt8], workFactor: Int = 18) throws(CryptographyError) -> AgeRecipient
    {
        AgeRecipient(
            .passphrase(try AgePassphrase(passphrase), workFactor: try AgePassphrase.checked(workFactor: workFactor)))
    }

    /// `age1…`, an `authorized_keys` line, or the word `passphrase`.
    public var description: String {
        switch kind {
        case .x25519(let point):
            var text: [UInt8] = []
            point.withUnsafeBytes { Bech32.append($0, prefix: Self.prefix, to: &text) }
            return String(decoding: text, as: UTF8.self)
        case .sshEd25519(let key, _): return key.authorizedKeysLine()
        case .passphrase: return "passphrase"
        }
    }

    /// Refuses points with which every shared secret is zero.
    private static func check(_ point: [UInt8], subject: String) throws(CryptographyError) {
        guard X25519.product(try X25519.generate(), point) != nil else {
            throw CryptographyError(
                code: .malformed, doing: reading, subject: subject,
                reason: "it is a point of low order: anybody could open what is encrypted to it")
        }
    }

    private static func refusal(_ error: CryptographyError, subject: String) -> CryptographyError {
        CryptographyError(
            code: error.code, doing: reading, subject: subject, reason: error.reason, advice: error.advice)
    }
}
