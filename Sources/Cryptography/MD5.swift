internal import COpenSSL

/// MD5 (RFC 1321) over a stream of bytes, for comparing with digests that others made.
///
/// It withstands nobody who wants two files with the same digest: what fits may be trusted no more than where the other digest is
/// from.
public struct MD5: ~Copyable {
    private var digest: LegacyDigest

    /// Nil where OpenSSL does not offer it, as in its FIPS mode.
    public init?() {
        guard let digest = LegacyDigest(EVP_md5()) else { return nil }
        self.digest = digest
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
    }

    /// The 16 bytes of the digest in lower-case hexadecimal.
    public consuming func finalizeHex() -> String {
        digest.finalizeHex()
    }
}
