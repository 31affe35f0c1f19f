internal import COpenSSL

/// SHA-512 (FIPS 180-4) of what is in memory: the hash inside SSH signatures.
public enum SHA512 {
    /// The 64 bytes of the hash.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA512_DIGEST_LENGTH))
        // With an output buffer given, it always returns that.
        _ = COpenSSL.SHA512(bytes, bytes.count, &digest)
        return digest
    }
}
