internal import COpenSSL

/// The kinds of keys that sign CMS messages here.
enum CertificateKey: Hashable, Sendable {
    case rsa
    /// On a curve that is named (not one that is spelled out, even if it is the same), of so many bits.
    case ellipticCurve(bits: Int)

    /// NIST's curves and those of RFC 5639, by OpenSSL's names.
    private static let curves = [
        "prime256v1": 256, "secp384r1": 384, "secp521r1": 521,
        "brainpoolP256r1": 256, "brainpoolP384r1": 384, "brainpoolP512r1": 512,
    ]

    /// `subject` names the certificate or key in errors.
    init(_ key: borrowing KeyHandle, doing: String, subject: String) throws(CryptographyError) {
        defer { LibraryFailure.clear() }
        if EVP_PKEY_is_a(key.pointer, "RSA") == 1 {
            let bits = Int(EVP_PKEY_get_bits(key.pointer))
            guard bits >= PublicKeyMaterial.minimumRSABits else {
                throw CryptographyError(
                    code: .keyTooWeak, doing: doing, subject: subject,
                    reason: "an RSA key of \(bits) bits; at least \(PublicKeyMaterial.minimumRSABits) are needed")
            }
            guard bits <= PublicKeyMaterial.maximumRSABits else {
                throw CryptographyError(
                    code: .tooLarge, doing: doing, subject: subject, reason: "an RSA key of \(bits) bits")
            }
            self = .rsa
            return
        }
        var isSpelledOut: Int32 = 0
        if EVP_PKEY_is_a(key.pointer, "EC") == 1, let name = key.groupName, let bits = Self.curves[name],
            EVP_PKEY_get_int_param(key.pointer, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &isSpelledOut) == 1,
            isSpelledOut == 0
        {
            self = .ellipticCurve(bits: bits)
            return
        }
        let isEdwards = EVP_PKEY_is_a(key.pointer, "ED25519") == 1 || EVP_PKEY_is_a(key.pointer, "ED448") == 1
        throw CryptographyError(
            code: .unsupportedAlgorithm, doing: doing, subject: subject,
            reason: isEdwards
                ? "it is an Ed25519 or Ed448 key, with which OpenSSL 3.0 cannot make or check CMS signatures"
                : "it is neither an RSA key nor one on a curve that is used here",
            advice: "use a certificate with an RSA or ECDSA key; an Ed25519 key can sign as an SSH key")
    }

    /// Whether this is how a signature by such a key over such a hash is named (RFC 3370, RFC 5754). OpenSSL does not
    /// look at it, and nothing signs it: without this check it could say anything.
    func signs(_ algorithm: AlgorithmIdentifier, _ digest: MessageDigest) -> Bool {
        switch self {
        case .rsa:
            let combined: ObjectIdentifier =
                switch digest {
                case .sha256: .rsaWithSHA256
                case .sha384: .rsaWithSHA384
                case .sha512: .rsaWithSHA512
                }
            return [.rsaEncryption, combined].contains(algorithm.identifier) && algorithm.hasNullParameters
        case .ellipticCurve:
            let combined: ObjectIdentifier =
                switch digest {
                case .sha256: .ecdsaWithSHA256
                case .sha384: .ecdsaWithSHA384
                case .sha512: .ecdsaWithSHA512
                }
            return algorithm.identifier == combined && algorithm.hasNoParameters
        }
    }
}

extension Certificate {
    /// Its public key.
    func key(doing: String) throws(CryptographyError) -> CertificateKey {
        let object = try handle(doing: doing)
        guard let pointer = X509_get_pubkey(object.pointer) else {
            throw LibraryFailure.error(.unsupportedAlgorithm, doing: doing, subject: subject)
        }
        return try CertificateKey(KeyHandle(owning: pointer), doing: doing, subject: subject)
    }
}
