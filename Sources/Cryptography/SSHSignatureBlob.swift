/// The algorithm-specific signature inside an SSHSIG: `string name, string signature`, and two fields more for FIDO
/// keys (RFC 4253 section 6.6, RFC 5656 section 3.1.2, RFC 8332, RFC 8709, OpenSSH PROTOCOL.u2f).
struct SSHSignatureBlob: Hashable, Sendable {
    /// As OpenSSL takes it: DER for ECDSA.
    let signature: [UInt8]
    /// OpenSSL's name of the hash; nil for Ed25519.
    let hash: String?
    /// What a FIDO token added.
    let use: SSHSignature.SecurityKeyUse?

    /// Reads the one encoding that `key` can have made.
    init(_ bytes: UnsafeRawBufferPointer, key: SSHPublicKey, doing: String) throws(CryptographyError) {
        var reader = SSHWireReader(bytes, doing: doing, subject: key.fingerprint)
        let name = try reader.name("the signature's algorithm")
        switch key.material {
        case .ed25519:
            let signature = try reader.string("the signature")
            guard name == key.algorithm.rawValue, signature.count == 64 else {
                throw reader.malformed("it is not an Ed25519 signature of 64 bytes")
            }
            self.signature = [UInt8](signature)
            hash = nil
        case .ecdsa(let curve, _):
            guard name == key.algorithm.rawValue else {
                throw reader.malformed("a signature of type \(name.prefix(64)) is not from this key")
            }
            var integers = try reader.nested("the signature")
            let r = [UInt8](try integers.positiveInteger("r"))
            let s = [UInt8](try integers.positiveInteger("s"))
            try integers.end("s")
            guard r.count <= curve.size, s.count <= curve.size, let der = ECDSASignature.der(r: r, s: s) else {
                throw reader.malformed("r or s is too large for the curve")
            }
            signature = der
            hash = curve.hashName
        case .rsa(_, let modulus):
            let hashes = ["rsa-sha2-512": "SHA512", "rsa-sha2-256": "SHA256"]
            guard let found = hashes[name] else {
                throw reader.unsupported("RSA signatures of type \(name.prefix(64)) are not accepted")
            }
            let signature = try reader.string("the signature")
            guard signature.count == modulus.count else {
                throw reader.malformed("an RSA signature is as long as the modulus")
            }
            self.signature = [UInt8](signature)
            hash = found
        }
        if key.algorithm.isSecurityKey {
            let flags = try reader.byte("the token's flags")
            use = SSHSignature.SecurityKeyUse(flags: flags, counter: try reader.uint32("the token's counter"))
        } else {
            use = nil
        }
        try reader.end("the signature")
    }

    func verifies(_ message: [UInt8], key: SSHPublicKey) throws(CryptographyError) -> Bool {
        let handle = try key.material.makeHandle(doing: SSHSignature.verifying, subject: key.fingerprint)
        guard let use, let application = key.application else {
            return handle.verify(signature, of: message, hash: hash)
        }
        var signed = SHA256.digest(of: application).bytes
        signed.append(use.flags)
        SSHWire.append(use.counter, to: &signed)
        signed += SHA256.digest(of: message).bytes
        return handle.verify(signature, of: signed, hash: hash)
    }

    /// Whether `blob` is a signature of `message` by `key`.
    static func verify(_ blob: [UInt8], of message: [UInt8], key: SSHPublicKey) -> Bool {
        do {
            let parsed = blob.withUnsafeBytes { bytes in
                Result { () throws(CryptographyError) in
                    try SSHSignatureBlob(bytes, key: key, doing: SSHSignature.verifying)
                }
            }
            return try parsed.get().verifies(message, key: key)
        } catch {
            return false
        }
    }
}

extension SSHPrivateKey {
    /// The signature blob over `message`.
    package func signatureBlob(over message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let name: String
        let hash: String?
        switch publicKey.material {
        case .ed25519: (name, hash) = (publicKey.algorithm.rawValue, nil)
        case .ecdsa(let curve, _): (name, hash) = (publicKey.algorithm.rawValue, curve.hashName)
        case .rsa: (name, hash) = ("rsa-sha2-512", "SHA512")
        }
        let doing = "signing"
        guard let signature = handle.sign(message, hash: hash) else {
            throw LibraryFailure.error(doing: doing, subject: publicKey.fingerprint)
        }
        var blob: [UInt8] = []
        SSHWire.append(string: name, to: &blob)
        if case .ecdsa = publicKey.material {
            guard let (r, s) = ECDSASignature.integers(der: signature) else {
                throw LibraryFailure.error(doing: doing, subject: publicKey.fingerprint)
            }
            var integers: [UInt8] = []
            SSHWire.append(magnitude: r, to: &integers)
            SSHWire.append(magnitude: s, to: &integers)
            SSHWire.append(string: integers, to: &blob)
        } else {
            SSHWire.append(string: signature, to: &blob)
        }
        return blob
    }
}
