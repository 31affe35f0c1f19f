internal import COpenSSL

/// MD5 (RFC 1321) over a stream of bytes, for comparing with digests that others made.
///
/// It withstands nobody who wants two files with the same digest: what fits may be trusted no more than where the other digest is
/// from.
public struct MD5: ~Copyable {
    private let context: OpaquePointer

    /// Nil where OpenSSL does not offer it, as in its FIPS mode.
    public init?() {
        guard let context = EVP_MD_CTX_new() else { return nil }
        guard EVP_DigestInit_ex(context, EVP_md5(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            return nil
        }
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        // It fails only for a context that was not set up.
        _ = EVP_DigestUpdate(context, start, bytes.count)
    }

    /// The 16 bytes of the digest in lower-case hexadecimal.
    public consuming func finalizeHex() -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        _ = EVP_DigestFinal_ex(context, &digest, &count)
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
