internal import COpenSSL

/// Random bytes fit for keys and salts, from OpenSSL's generator (seeded by the kernel).
public enum SecureRandom {
    /// `count` random bytes. Throws ``CryptographyError/Code/libraryFailure`` when the generator cannot be seeded.
    public static func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        guard let length = Int32(exactly: count), length >= 0 else {
            throw CryptographyError(
                code: .tooLarge, doing: "making random bytes",
                reason: "\(count) is not a number of bytes that can be asked for")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        if length > 0 && RAND_bytes(&bytes, length) != 1 {
            throw LibraryFailure.error(doing: "making random bytes")
        }
        return bytes
    }

    /// `count` random bytes that are to stay secret, from the generator that OpenSSL keeps for those.
    static func secret(_ count: Int) throws(CryptographyError) -> SecretBytes {
        var secret = SecretBytes(count: count)
        let isFilled = secret.withMutableBytes { buffer in
            RAND_priv_bytes(buffer.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(buffer.count)) == 1
        }
        guard isFilled else { throw LibraryFailure.error(doing: "making random bytes") }
        return secret
    }
}

/// Comparison whose duration does not depend on where two secrets differ.
public enum ConstantTime {
    /// Whether both have the same bytes. Different lengths are told apart at once.
    public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    public static func areEqual(_ left: SHA256Digest, _ right: SHA256Digest) -> Bool {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { CRYPTO_memcmp(left.baseAddress, $0.baseAddress, left.count) == 0 }
        }
    }
}
