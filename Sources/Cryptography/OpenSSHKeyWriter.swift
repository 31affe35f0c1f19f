internal import COpenSSL

extension SSHPrivateKey {
    /// Lends the key as the text of a key file (`openssh-key-v1`, no passphrase), which `ssh-keygen` and `ssh-add`
    /// read. The text is wiped afterwards. Only for Ed25519, the kind that is made here.
    public func withOpenSSHText<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard case .ed25519(let half) = publicKey.material else {
            throw CryptographyError(
                code: .unsupportedAlgorithm, doing: "writing a private key", subject: publicKey.fingerprint,
                reason: "only Ed25519 keys are written")
        }
        var seed = SecretBytes(count: 32)
        let read = seed.withMutableBytes { buffer in
            var count = buffer.count
            let start = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            return EVP_PKEY_get_raw_private_key(handle.pointer, start, &count) == 1 && count == 32
        }
        guard read else { throw LibraryFailure.error(doing: "writing a private key", subject: publicKey.fingerprint) }

        // Arrays that grow leave their old memory behind: both get room for everything at once.
        let room = 1024 + 2 * comment.utf8.count
        var secret: [UInt8] = []
        secret.reserveCapacity(room)
        defer { Self.wipe(&secret) }
        let check = try SecureRandom.bytes(4)
        secret += check + check
        SSHWire.append(string: publicKey.algorithm.rawValue, to: &secret)
        SSHWire.append(string: half, to: &secret)
        SSHWire.append(64, to: &secret)
        seed.withBytes { secret.append(contentsOf: $0) }
        secret += half
        SSHWire.append(string: comment, to: &secret)
        var padding: UInt8 = 1
        while secret.count % 8 != 0 {
            secret.append(padding)
            padding += 1
        }

        var blob: [UInt8] = []
        blob.reserveCapacity(2 * room)
        defer { Self.wipe(&blob) }
        blob += OpenSSHKeyFile.magic
        SSHWire.append(string: "none", to: &blob)
        SSHWire.append(string: "none", to: &blob)
        SSHWire.append(string: "", to: &blob)
        SSHWire.append(1, to: &blob)
        SSHWire.append(string: publicKey.blob, to: &blob)
        SSHWire.append(string: secret, to: &blob)

        var text: [UInt8] = []
        text.reserveCapacity(4 * room)
        defer { Self.wipe(&text) }
        text += OpenSSHKeyFile.beginning + [UInt8(ascii: "\n")]
        blob.withUnsafeBytes { Base64.append($0, to: &text, lineLength: 70) }
        text += OpenSSHKeyFile.ending + [UInt8(ascii: "\n")]
        return try text.withUnsafeBytes(body)
    }

    private static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
