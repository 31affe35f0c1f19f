/// Hashes of what is in memory already. The ones with a prefix byte are the shapes of domain-separated Merkle trees
/// (RFC 6962 section 2.1): they are called millions of times for one bundle, so none of them allocates.
extension SHA256 {
    public static func digest(of bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    public static func digest(of bytes: RawSpan) -> SHA256Digest {
        bytes.withUnsafeBytes { digest(of: $0) }
    }

    public static func digest(of bytes: [UInt8]) -> SHA256Digest {
        bytes.withUnsafeBytes { digest(of: $0) }
    }

    public static func digest(of bytes: ArraySlice<UInt8>) -> SHA256Digest {
        bytes.withUnsafeBytes { digest(of: $0) }
    }

    /// Hashes the UTF-8 bytes of `text`.
    public static func digest(of text: some StringProtocol) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(text)
        return hasher.finalize()
    }

    /// H(`prefix` ‖ `left` ‖ `right`): an inner node.
    public static func digest(prefix: UInt8, _ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * SHA256Digest.count, alignment: 1) { buffer in
            buffer[0] = prefix
            left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            right.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[33..<65]).copyMemory(from: $0) }
            return digest(of: UnsafeRawBufferPointer(buffer))
        }
    }

    /// H(`prefix` ‖ `key` ‖ `suffix`): a child in a tree of keys.
    public static func digest(prefix: UInt8, _ key: SHA256Digest, suffix: UInt8) -> SHA256Digest {
        withUnsafeTemporaryAllocation(byteCount: 2 + SHA256Digest.count, alignment: 1) { buffer in
            buffer[0] = prefix
            key.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            buffer[33] = suffix
            return digest(of: UnsafeRawBufferPointer(buffer))
        }
    }

    /// H(`prefix` ‖ `salt` ‖ `bytes`): a salted leaf.
    public static func digest(prefix: UInt8, _ salt: SHA256Digest, _ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256()
        withUnsafeTemporaryAllocation(byteCount: 1 + SHA256Digest.count, alignment: 1) { buffer in
            buffer[0] = prefix
            salt.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            hasher.update(UnsafeRawBufferPointer(buffer))
        }
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// H(`prefix` ‖ `salt` ‖ `bytes`): a salted leaf.
    public static func digest(prefix: UInt8, _ salt: SHA256Digest, _ bytes: RawSpan) -> SHA256Digest {
        bytes.withUnsafeBytes { digest(prefix: prefix, salt, $0) }
    }

    /// H(`prefix` ‖ `salt` ‖ `bytes`): a salted leaf.
    public static func digest(prefix: UInt8, _ salt: SHA256Digest, _ bytes: ArraySlice<UInt8>) -> SHA256Digest {
        bytes.withUnsafeBytes { digest(prefix: prefix, salt, $0) }
    }

    /// H(`prefix` ‖ `salt` ‖ `bytes`): a salted leaf.
    public static func digest(prefix: UInt8, _ salt: SHA256Digest, _ bytes: [UInt8]) -> SHA256Digest {
        bytes.withUnsafeBytes { digest(prefix: prefix, salt, $0) }
    }
}
