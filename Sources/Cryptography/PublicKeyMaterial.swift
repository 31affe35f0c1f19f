internal import COpenSSL

/// The numbers inside an SSH public key.
enum PublicKeyMaterial: Hashable, Sendable {
    /// 32 bytes of RFC 8032.
    case ed25519([UInt8])
    /// Uncompressed point: 4, x, y.
    case ecdsa(EllipticCurve, point: [UInt8])
    /// Magnitudes.
    case rsa(exponent: [UInt8], modulus: [UInt8])

    static let minimumRSABits = 2048
    /// OpenSSL's own limit (`OPENSSL_RSA_MAX_MODULUS_BITS`).
    static let maximumRSABits = 16384

    /// The fields of a key blob after the algorithm's name, security keys' application excepted.
    static func read(
        _ reader: inout SSHWireReader, algorithm: SSHKeyAlgorithm
    ) throws(CryptographyError) -> PublicKeyMaterial {
        switch algorithm {
        case .ed25519, .securityKeyEd25519:
            let key = try reader.string("the Ed25519 key")
            guard key.count == 32 else { throw reader.malformed("an Ed25519 key has 32 bytes, this one \(key.count)") }
            return .ed25519([UInt8](key))
        case .ecdsaP256, .ecdsaP384, .ecdsaP521, .securityKeyECDSA:
            let name = try reader.name("the curve's name")
            guard let curve = algorithm.curve, name == curve.rawValue else {
                throw reader.malformed("curve \(name) does not belong to \(algorithm.rawValue)")
            }
            let point = try reader.string("the curve point")
            guard point.count == 1 + 2 * curve.size, point[0] == 4 else {
                throw reader.malformed("the point on \(name) is not an uncompressed one")
            }
            return .ecdsa(curve, point: [UInt8](point))
        case .rsa:
            let exponent = [UInt8](try reader.positiveInteger("the RSA exponent"))
            let modulus = [UInt8](try reader.positiveInteger("the RSA modulus"))
            return .rsa(exponent: exponent, modulus: modulus)
        }
    }

    /// Appends the same fields.
    func append(to blob: inout [UInt8]) {
        switch self {
        case .ed25519(let key):
            SSHWire.append(string: key, to: &blob)
        case .ecdsa(let curve, let point):
            SSHWire.append(string: curve.rawValue, to: &blob)
            SSHWire.append(string: point, to: &blob)
        case .rsa(let exponent, let modulus):
            SSHWire.append(magnitude: exponent, to: &blob)
            SSHWire.append(magnitude: modulus, to: &blob)
        }
    }

    /// Size in bits as people quote it.
    var bits: Int {
        switch self {
        case .ed25519: 256
        case .ecdsa(.p256, _): 256
        case .ecdsa(.p384, _): 384
        case .ecdsa(.p521, _): 521
        case .rsa(_, let modulus): modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        }
    }

    /// Refuses RSA keys that are too weak, or too large to be meant honestly (each check of a signature would take
    /// seconds).
    func checkStrength(doing: String, subject: String) throws(CryptographyError) {
        guard case .rsa(let exponent, let modulus) = self else { return }
        guard bits >= Self.minimumRSABits else {
            throw CryptographyError(
                code: .keyTooWeak, doing: doing, subject: subject,
                reason: "an RSA key of \(bits) bits; at least \(Self.minimumRSABits) are needed",
                advice: "make a key with: ssh-keygen -t ed25519")
        }
        guard bits <= Self.maximumRSABits, exponent.count <= 8 else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, subject: subject,
                reason: "an RSA key of \(bits) bits with an exponent of \(exponent.count) bytes is beyond all use")
        }
        guard let last = exponent.last, last & 1 == 1, exponent != [1], modulus.last.map({ $0 & 1 == 1 }) == true else {
            throw CryptographyError(
                code: .malformed, doing: doing, subject: subject, reason: "the RSA exponent or modulus cannot be one")
        }
    }

    /// The key in OpenSSL's hands. Fails if a point is not on its curve.
    func makeHandle(doing: String, subject: String) throws(CryptographyError) -> KeyHandle {
        let pointer: OpaquePointer?
        switch self {
        case .ed25519(let key):
            pointer = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, key, key.count)
        case .ecdsa(let curve, let point):
            var parameters = KeyParameters()
            parameters.add(OSSL_PKEY_PARAM_GROUP_NAME, text: curve.groupName)
            point.withUnsafeBytes { parameters.add(OSSL_PKEY_PARAM_PUB_KEY, octets: $0) }
            pointer = parameters.makeKey(type: "EC", selection: exhibit_public_key_selection)
        case .rsa(let exponent, let modulus):
            var parameters = KeyParameters()
            modulus.withUnsafeBytes { parameters.add(OSSL_PKEY_PARAM_RSA_N, magnitude: $0) }
            exponent.withUnsafeBytes { parameters.add(OSSL_PKEY_PARAM_RSA_E, magnitude: $0) }
            pointer = parameters.makeKey(type: "RSA", selection: exhibit_public_key_selection)
        }
        guard let pointer else { throw LibraryFailure.error(.malformed, doing: doing, subject: subject) }
        return KeyHandle(owning: pointer)
    }
}
