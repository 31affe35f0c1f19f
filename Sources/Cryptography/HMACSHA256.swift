internal import COpenSSL

/// HMAC-SHA-256 (RFC 2104, RFC 6234), by the same allocation-free hash as ``SHA256``: entry keys are made once per
/// entry of a bundle.
public enum HMACSHA256 {
    private static let blockSize = 64

    /// The 32-byte code of `message` under `key`. A key of more than 64 bytes is hashed first, as the RFC says.
    public static func authenticationCode(of message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer)
        -> SHA256Digest
    {
        withUnsafeTemporaryAllocation(byteCount: blockSize, alignment: 8) { block in
            block.initializeMemory(as: UInt8.self, repeating: 0)
            defer { OPENSSL_cleanse(block.baseAddress, block.count) }
            if key.count > blockSize {
                SHA256.digest(of: key).withUnsafeBytes { block.copyBytes(from: $0) }
            } else {
                block.copyBytes(from: key)
            }
            for index in block.indices { block[index] ^= 0x36 }
            var inner = SHA256()
            inner.update(UnsafeRawBufferPointer(block))
            inner.update(message)
            for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
            var outer = SHA256()
            outer.update(UnsafeRawBufferPointer(block))
            outer.update(inner.finalize())
            return outer.finalize()
        }
    }

    public static func authenticationCode(of message: RawSpan, key: RawSpan) -> SHA256Digest {
        message.withUnsafeBytes { message in
            key.withUnsafeBytes { authenticationCode(of: message, key: $0) }
        }
    }

    public static func authenticationCode(of message: [UInt8], key: [UInt8]) -> SHA256Digest {
        message.withUnsafeBytes { message in
            key.withUnsafeBytes { authenticationCode(of: message, key: $0) }
        }
    }

    /// The code under a key that is itself a digest or another 32-byte secret.
    public static func authenticationCode(of message: [UInt8], key: SHA256Digest) -> SHA256Digest {
        message.withUnsafeBytes { message in
            key.withUnsafeBytes { authenticationCode(of: message, key: $0) }
        }
    }
}
