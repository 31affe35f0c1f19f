internal import COpenSSL

/// Keys of 32 bytes from other secrets.
enum KeyDerivation {
    static let keySize = 32

    /// HKDF-SHA-256 (RFC 5869): extract with `salt`, expand with `info`.
    static func hkdf(
        _ material: UnsafeRawBufferPointer, salt: [UInt8] = [], info: String
    ) throws(CryptographyError) -> SecretBytes {
        let doing = "deriving a key"
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil) else { throw LibraryFailure.error(doing: doing) }
        defer { EVP_PKEY_CTX_free(context) }
        let label = Array(info.utf8)
        // OpenSSL tells an empty secret from a missing one by the pointer.
        let nothing: InlineArray<1, UInt8> = [0]
        let isReady = nothing.span.withUnsafeBufferPointer { nothing in
            let start = material.assumingMemoryBound(to: UInt8.self).baseAddress ?? nothing.baseAddress
            return EVP_PKEY_derive_init(context) == 1
                && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
                && (salt.isEmpty || EVP_PKEY_CTX_set1_hkdf_salt(context, salt, Int32(salt.count)) == 1)
                && EVP_PKEY_CTX_set1_hkdf_key(context, start, Int32(material.count)) == 1
                && EVP_PKEY_CTX_add1_hkdf_info(context, label, Int32(label.count)) == 1
        }
        guard isReady, let key = derived(context) else { throw LibraryFailure.error(doing: doing) }
        return key
    }

    /// scrypt (RFC 7914) with N = 2^`workFactor`, r = 8, p = 1. It takes 2^`workFactor` KiB of memory.
    static func scrypt(
        _ passphrase: borrowing SecretBytes, salt: [UInt8], workFactor: Int
    ) throws(CryptographyError) -> SecretBytes {
        let cost = UInt64(1) << UInt64(workFactor)
        // What OpenSSL allocates is 128·r·N and some small change; its own default limit is 32 MiB.
        let memory = 1024 * cost + 1 << 20
        var key = SecretBytes(count: keySize)
        let isDerived = passphrase.withBytes { passphrase in
            key.withMutableBytes { key in
                EVP_PBE_scrypt(
                    passphrase.assumingMemoryBound(to: CChar.self).baseAddress, passphrase.count, salt, salt.count,
                    cost, 8, 1, memory, key.assumingMemoryBound(to: UInt8.self).baseAddress, key.count) == 1
            }
        }
        guard isDerived else {
            throw LibraryFailure.error(
                doing: "deriving a key from a passphrase",
                advice: "it takes \(cost >> 10) MiB of memory: is there as much?")
        }
        return key
    }

    /// What a context that is ready to derive gives; nil if that fails.
    static func derived(_ context: OpaquePointer) -> SecretBytes? {
        var key = SecretBytes(count: keySize)
        let isDerived = key.withMutableBytes { buffer in
            var count = buffer.count
            return EVP_PKEY_derive(context, buffer.assumingMemoryBound(to: UInt8.self).baseAddress, &count) == 1
                && count == keySize
        }
        guard isDerived else { return nil }
        return key
    }
}
