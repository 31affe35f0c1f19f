internal import COpenSSL

/// Diffie-Hellman on Curve25519 (RFC 7748 section 5). Points are 32 bytes, the u coordinate.
enum X25519 {
    static let size = 32

    static func generate() throws(CryptographyError) -> KeyHandle {
        guard let pointer = exhibit_make_x25519_key() else { throw LibraryFailure.error(doing: "making an X25519 key") }
        return KeyHandle(owning: pointer)
    }

    /// The key of a scalar of 32 bytes. OpenSSL clamps it when it is used.
    static func key(scalar: UnsafeRawBufferPointer) throws(CryptographyError) -> KeyHandle {
        let start = scalar.assumingMemoryBound(to: UInt8.self).baseAddress
        guard let pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, start, scalar.count) else {
            throw LibraryFailure.error(doing: "reading an X25519 key")
        }
        return KeyHandle(owning: pointer)
    }

    /// The scalar of a key.
    static func scalar(of key: borrowing KeyHandle) throws(CryptographyError) -> SecretBytes {
        var scalar = SecretBytes(count: size)
        let isRead = scalar.withMutableBytes { buffer in
            var count = buffer.count
            let start = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            return EVP_PKEY_get_raw_private_key(key.pointer, start, &count) == 1 && count == size
        }
        guard isRead else { throw LibraryFailure.error(doing: "reading an X25519 key") }
        return scalar
    }

    /// The point of a key: its scalar times the base point.
    static func point(of key: borrowing KeyHandle) throws(CryptographyError) -> [UInt8] {
        var point = [UInt8](repeating: 0, count: size)
        var count = size
        guard EVP_PKEY_get_raw_public_key(key.pointer, &point, &count) == 1, count == size else {
            throw LibraryFailure.error(doing: "reading an X25519 key")
        }
        return point
    }

    /// The key's scalar times `point`; nil if that is zero, as it is for the points of low order, with any key.
    static func product(_ key: borrowing KeyHandle, _ point: [UInt8]) -> SecretBytes? {
        defer { LibraryFailure.clear() }
        guard let peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, point, point.count) else { return nil }
        defer { EVP_PKEY_free(peer) }
        guard let context = EVP_PKEY_CTX_new(key.pointer, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer) == 1 else { return nil }
        return KeyDerivation.derived(context)
    }
}
