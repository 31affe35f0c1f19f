internal import COpenSSL

/// SHA-1 (FIPS 180-4) over a stream of bytes, for comparing with digests that others made.
///
/// As ``MD5``, it withstands nobody who wants two files with the same digest.
public struct SHA1: ~Copyable {
    private var digest: LegacyDigest

    /// Nil where OpenSSL does not offer it.
    public init?() {
        guard let digest = LegacyDigest(EVP_sha1()) else { return nil }
        self.digest = digest
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
    }

    /// The 20 bytes of the digest in lower-case hexadecimal.
    public consuming func finalizeHex() -> String {
        digest.finalizeHex()
    }
}
