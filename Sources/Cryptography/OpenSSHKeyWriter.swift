internal import COpenSSL

extension SSHPrivateKey {
    /// Lends the key as the text of a key file (`openssh-key-v1`, no passphrase), which `ssh-keygen` and `ssh-add`
    /// read. The text is wiped afterwards.
    public func withOpenSSHText<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        // Arrays that grow leave their old memory behind: both get room for everything at once.
        let room = 1024 + 4 * publicKey.blob.count + 2 * comment.utf8.count
        var secret: [UInt8] = []
        secret.reserveCapacity(room)
        defer { Self.wipe(&secret) }
        let check = try SecureRandom.bytes(4)
        secret += check + check
        SSHWire.append(string: publicKey.algorithm.rawValue, to: &secret)
        try appendNumbers(to: &secret)
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

    /// The key's numbers, private ones included, as OpenSSH orders them.
    private func appendNumbers(to secret: inout [UInt8]) throws(CryptographyError) {
        switch publicKey.material {
        case .ed25519(let half):
            var seed = SecretBytes(count: 32)
            let read = seed.withMutableBytes { buffer in
                var count = buffer.count
                let start = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
                return EVP_PKEY_get_raw_private_key(handle.pointer, start, &count) == 1 && count == 32
            }
            guard read else { throw failure }
            SSHWire.append(string: half, to: &secret)
            SSHWire.append(64, to: &secret)
            seed.withBytes { secret.append(contentsOf: $0) }
            secret += half
        case .ecdsa:
            publicKey.material.append(to: &secret)
            try appendPrivate("priv", to: &secret)
        case .rsa(let exponent, let modulus):
            SSHWire.append(magnitude: modulus, to: &secret)
            SSHWire.append(magnitude: exponent, to: &secret)
            for name in ["d", "rsa-coefficient1", "rsa-factor1", "rsa-factor2"] { try appendPrivate(name, to: &secret) }
        }
    }

    /// A secret number of the key as an mpint.
    private func appendPrivate(_ name: String, to secret: inout [UInt8]) throws(CryptographyError) {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(handle.pointer, name, &number) == 1, let number else { throw failure }
        defer { BN_clear_free(number) }
        let bits = Int(BN_num_bits(number))
        // With a zero in front where the first bit is set: else it would be negative.
        var bytes = SecretBytes(count: bits / 8 + 1)
        let written = bytes.withMutableBytes { buffer in
            BN_bn2binpad(number, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(buffer.count))
        }
        guard written == Int32(bytes.count) else { throw failure }
        SSHWire.append(UInt32(bytes.count), to: &secret)
        bytes.withBytes { secret.append(contentsOf: $0) }
    }

    private var failure: CryptographyError {
        LibraryFailure.error(doing: "writing a private key", subject: publicKey.fingerprint)
    }

    private static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}
