internal import COpenSSL

/// OpenSSH's own private key format, `openssh-key-v1` (OpenSSH, PROTOCOL.key), without encryption.
enum OpenSSHKeyFile {
    static let beginning = Array("-----BEGIN OPENSSH PRIVATE KEY-----".utf8)
    static let ending = Array("-----END OPENSSH PRIVATE KEY-----".utf8)
    static let magic = Array("openssh-key-v1\0".utf8)

    static func read(_ file: [UInt8], subject: String) throws(CryptographyError) -> SSHPrivateKey {
        func malformed(_ reason: String) -> CryptographyError {
            CryptographyError(code: .malformed, doing: SSHPrivateKey.reading, subject: subject, reason: reason)
        }
        // What follows the ending line is ignored, as OpenSSH does.
        let body = file[beginning.count...]
        guard let end = body.firstRange(of: ending)?.lowerBound else { throw malformed("the file has no ending line") }
        var blob = SecretBytes(count: (end - body.startIndex) / 4 * 3 + 3)
        let decoded = blob.withMutableBytes { Base64.decode(body[..<end], into: $0, skippingLineEnds: true) }
        guard let count = decoded else { throw malformed("its base64 is damaged") }
        let parts = Parts(subject: subject)
        return try blob.withBytes { bytes throws(CryptographyError) in
            try parts.key(in: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    /// Reads the fields.
    private struct Parts {
        let subject: String

        func key(in blob: UnsafeRawBufferPointer) throws(CryptographyError) -> SSHPrivateKey {
            var reader = SSHWireReader(blob, doing: SSHPrivateKey.reading, subject: subject)
            guard try reader.bytes(magic.count, "the magic").elementsEqual(magic) else {
                throw reader.malformed("it does not begin with openssh-key-v1")
            }
            let cipher = try reader.name("the cipher's name")
            let derivation = try reader.name("the key derivation's name")
            guard cipher == "none" && derivation == "none" else { throw SSHPrivateKey.encrypted(subject: subject) }
            guard try reader.string("the key derivation's options").isEmpty else {
                throw reader.malformed("a key without encryption has options for it")
            }
            guard try reader.uint32("the number of keys") == 1 else {
                throw reader.malformed("the file does not hold exactly one key")
            }
            let publicBlob = [UInt8](try reader.string("the public key"))
            let secret = try reader.string("the private key")
            try reader.end("the private key")

            guard secret.count % 8 == 0 else { throw reader.malformed("the private part is not padded") }
            var inner = SSHWireReader(secret, doing: SSHPrivateKey.reading, subject: subject)
            let check = try inner.uint32("the check number")
            guard try inner.uint32("the check number") == check else {
                throw inner.malformed("the check numbers differ")
            }
            let name = try inner.name("the algorithm's name")
            guard let algorithm = SSHKeyAlgorithm(rawValue: name), !algorithm.isSecurityKey else {
                throw inner.unsupported(
                    "keys of type \(name.prefix(64)) cannot sign here",
                    advice: "use a key made with: ssh-keygen -t ed25519")
            }
            let publicKey = try SSHPublicKey(blob: publicBlob)
            guard publicKey.algorithm == algorithm else {
                throw inner.malformed("the two halves are keys of different types")
            }
            let handle = try readPrivate(&inner, of: publicKey)
            let comment = String(decoding: try inner.string("the comment"), as: UTF8.self)
            var expected: UInt8 = 1
            while !inner.isAtEnd {
                guard try inner.byte("the padding") == expected, expected < 255 else {
                    throw inner.malformed("the padding is wrong")
                }
                expected += 1
            }
            return try SSHPrivateKey(handle: handle, publicKey: publicKey, comment: comment, subject: subject)
        }

        private func readPrivate(
            _ reader: inout SSHWireReader, of publicKey: SSHPublicKey
        ) throws(CryptographyError) -> KeyHandle {
            let pointer: OpaquePointer?
            switch publicKey.material {
            case .ed25519(let expected):
                let half = try reader.string("the public half")
                let both = try reader.string("the private half")
                guard half.elementsEqual(expected), both.count == 64, both[32...].elementsEqual(expected) else {
                    throw reader.malformed("the Ed25519 halves disagree")
                }
                pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, both.baseAddress, 32)
            case .ecdsa(let curve, let point):
                guard try reader.name("the curve's name") == curve.rawValue,
                    try reader.string("the curve point").elementsEqual(point)
                else { throw reader.malformed("the halves lie on different points") }
                let scalar = try reader.positiveInteger("the private scalar")
                guard scalar.count <= curve.size else { throw reader.malformed("the private scalar is too large") }
                var parameters = KeyParameters()
                parameters.add(OSSL_PKEY_PARAM_GROUP_NAME, text: curve.groupName)
                point.withUnsafeBytes { parameters.add(OSSL_PKEY_PARAM_PUB_KEY, octets: $0) }
                parameters.add(OSSL_PKEY_PARAM_PRIV_KEY, magnitude: scalar)
                pointer = parameters.makeKey(type: "EC", selection: exhibit_key_pair_selection)
            case .rsa(let exponent, let modulus):
                guard try reader.positiveInteger("the RSA modulus").elementsEqual(modulus),
                    try reader.positiveInteger("the RSA exponent").elementsEqual(exponent)
                else { throw reader.malformed("the RSA halves disagree") }
                let numbers = RSAPrivateNumbers(
                    privateExponent: try reader.positiveInteger("the private exponent"),
                    coefficient: try reader.positiveInteger("the coefficient"),
                    p: try reader.positiveInteger("the first prime"),
                    q: try reader.positiveInteger("the second prime"))
                // Sizes bound the work: a hostile file must not buy minutes of arithmetic.
                guard numbers.largestCount <= modulus.count else {
                    throw reader.malformed("an RSA number is too large")
                }
                pointer = numbers.makeKey(modulus: modulus, exponent: exponent)
            }
            guard let pointer else {
                throw LibraryFailure.error(.malformed, doing: SSHPrivateKey.reading, subject: subject)
            }
            return KeyHandle(owning: pointer)
        }
    }
}
