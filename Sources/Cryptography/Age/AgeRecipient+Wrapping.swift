extension AgeRecipient {
    /// Stanzas of a file key for all of them.
    package static func stanzas(
        for recipients: [AgeRecipient], fileKey: borrowing AgeFileKey
    ) throws(CryptographyError) -> [AgeStanza] {
        let doing = "encrypting to recipients"
        guard !recipients.isEmpty, recipients.count <= AgeHeader.maximumRecipients else {
            throw CryptographyError(
                code: recipients.isEmpty ? .malformed : .tooLarge, doing: doing,
                reason: "\(recipients.count) is not a number of recipients from 1 to \(AgeHeader.maximumRecipients)")
        }
        guard recipients.count == 1 || !recipients.contains(where: \.isPassphrase) else {
            throw CryptographyError(
                code: .malformed, doing: doing, reason: "a passphrase cannot be combined with other recipients",
                advice: "use either the passphrase or the keys")
        }
        var stanzas: [AgeStanza] = []
        for recipient in recipients { stanzas.append(try recipient.stanza(fileKey)) }
        return stanzas
    }

    /// Whether it is a passphrase, which must be a file's only recipient.
    public var isPassphrase: Bool {
        if case .passphrase = kind { true } else { false }
    }

    private func stanza(_ fileKey: borrowing AgeFileKey) throws(CryptographyError) -> AgeStanza {
        switch kind {
        case .passphrase(let passphrase, let workFactor):
            return try passphrase.stanza(fileKey, workFactor: workFactor)
        case .x25519(let point):
            let ephemeral = try X25519.generate()
            let share = try X25519.point(of: ephemeral)
            let key = try Self.wrapKey(
                X25519.product(ephemeral, point), share: share, point: point, label: Self.x25519Label)
            return AgeStanza(.x25519, [Self.text(share)], body: try fileKey.wrapped(by: key))
        case .sshEd25519(let sshKey, let point):
            let ephemeral = try X25519.generate()
            let share = try X25519.point(of: ephemeral)
            let tweaked = try Self.tweaked(point, by: sshKey)
            let key = try Self.wrapKey(
                X25519.product(ephemeral, tweaked), share: share, point: point, label: Self.sshLabel)
            return AgeStanza(
                .sshEd25519, [Self.tag(of: sshKey), Self.text(share)], body: try fileKey.wrapped(by: key))
        }
    }

    /// The key that a shared secret gives; a missing one is the product with a point of low order.
    static func wrapKey(
        _ shared: consuming SecretBytes?, share: [UInt8], point: [UInt8], label: String
    ) throws(CryptographyError) -> SecretBytes {
        guard let shared else {
            throw CryptographyError(
                code: .badHeader, doing: "using an age header",
                reason: "a recipient's share is a point of low order: the shared secret is zero")
        }
        return try shared.withBytes { shared throws(CryptographyError) in
            try KeyDerivation.hkdf(shared, salt: share + point, info: label)
        }
    }

    /// `point` times the scalar that the SSH key's encoding gives. age multiplies the shared secret by it; the factors
    /// of a product may be taken in any order, and this one is public.
    static func tweaked(_ point: [UInt8], by key: SSHPublicKey) throws(CryptographyError) -> [UInt8] {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let tweak = try KeyDerivation.hkdf(nothing, salt: key.blob, info: sshLabel)
        let scalar = try tweak.withBytes { tweak throws(CryptographyError) in try X25519.key(scalar: tweak) }
        // Of low order, and without a product, stays so with every other factor.
        guard let product = X25519.product(scalar, point) else { return [UInt8](repeating: 0, count: X25519.size) }
        return product.withBytes { [UInt8]($0) }
    }

    /// The first bytes of the hash of an SSH key, by which its owner finds his stanza.
    static func tag(of key: SSHPublicKey) -> String {
        text(Array(SHA256.digest(of: key.blob).bytes.prefix(4)))
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encodeUnpadded(bytes), as: UTF8.self)
    }
}
