internal import COpenSSL

/// A digest of OpenSSL over a stream of bytes that its FIPS mode may not offer.
struct LegacyDigest: ~Copyable {
    private let context: OpaquePointer

    /// Nil where OpenSSL does not offer it.
    init?(_ algorithm: OpaquePointer?) {
        guard let context = EVP_MD_CTX_new() else { return nil }
        guard EVP_DigestInit_ex(context, algorithm, nil) == 1 else {
            EVP_MD_CTX_free(context)
            return nil
        }
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        // It fails only for a context that was not set up.
        _ = EVP_DigestUpdate(context, start, bytes.count)
    }

    /// In lower-case hexadecimal.
    consuming func finalizeHex() -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        _ = EVP_DigestFinal_ex(context, &digest, &count)
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
