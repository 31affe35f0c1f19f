internal import COpenSSL

/// Private keys in PEM, read by OpenSSL: PKCS#8 and the older forms for EC and RSA.
enum PEMKeyFile {
    static func read(_ file: [UInt8], subject: String) throws(CryptographyError) -> SSHPrivateKey {
        let handle = try handle(
            file, doing: SSHPrivateKey.reading, subject: subject, format: "an OpenSSH private key nor one in PEM",
            advice: "make a key with: ssh-keygen -t ed25519", adviceIfEncrypted: SSHPrivateKey.adviceIfEncrypted)
        let publicKey = try SSHPublicKey(material: try material(of: handle, subject: subject))
        return try SSHPrivateKey(handle: handle, publicKey: publicKey, comment: "", subject: subject)
    }

    /// The key, of whatever kind it is. `format` follows "it is neither", in the error for something else.
    static func handle(
        _ file: [UInt8], doing: String, subject: String, format: String, advice: String, adviceIfEncrypted: String
    ) throws(CryptographyError) -> KeyHandle {
        // Without a callback OpenSSL would ask for a passphrase on the terminal. This one notes that it was called and
        // gives none.
        var asked = false
        let pointer: OpaquePointer? = file.withUnsafeBytes { bytes in
            guard let count = Int32(exactly: bytes.count), let source = BIO_new_mem_buf(bytes.baseAddress, count)
            else { return nil }
            defer { BIO_free(source) }
            return PEM_read_bio_PrivateKey(
                source, nil,
                { _, _, _, note in
                    note?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, &asked)
        }
        guard let pointer else {
            defer { LibraryFailure.clear() }
            throw asked
                ? CryptographyError(
                    code: .keyEncrypted, doing: doing, subject: subject,
                    reason: "it is protected by a passphrase, and such keys are not read", advice: adviceIfEncrypted)
                : CryptographyError(
                    code: .malformed, doing: doing, subject: subject, reason: "it is neither \(format)", advice: advice)
        }
        return KeyHandle(owning: pointer)
    }

    static func material(
        of handle: borrowing KeyHandle, subject: String
    ) throws(CryptographyError) -> PublicKeyMaterial {
        defer { LibraryFailure.clear() }
        if EVP_PKEY_is_a(handle.pointer, "ED25519") == 1 {
            return .ed25519(try SSHPrivateKey.ed25519Half(of: handle, doing: SSHPrivateKey.reading))
        }
        if EVP_PKEY_is_a(handle.pointer, "RSA") == 1, let exponent = handle.integer("e"),
            let modulus = handle.integer("n")
        {
            return .rsa(exponent: exponent, modulus: modulus)
        }
        if EVP_PKEY_is_a(handle.pointer, "EC") == 1,
            let curve = [EllipticCurve.p256, .p384, .p521].first(where: { $0.groupName == handle.groupName }),
            let x = handle.integer("qx", size: curve.size), let y = handle.integer("qy", size: curve.size)
        {
            return .ecdsa(curve, point: [4] + x + y)
        }
        throw CryptographyError(
            code: .unsupportedAlgorithm, doing: SSHPrivateKey.reading, subject: subject,
            reason: "it is not an Ed25519, RSA, or NIST P-256, P-384 or P-521 key",
            advice: "make a key with: ssh-keygen -t ed25519")
    }
}
