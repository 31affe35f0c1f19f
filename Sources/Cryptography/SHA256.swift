internal import COpenSSL

/// SHA-256 (FIPS 180-4) over a stream of bytes. No allocation, no failure.
///
/// ```swift
/// var hasher = SHA256()
/// hasher.update(block)
/// let digest = hasher.finalize()
/// ```
public struct SHA256: ~Copyable, Sendable {
    private var context: SHA256_CTX

    /// Number of bytes hashed so far.
    public private(set) var count: UInt64 = 0

    public init() {
        context = SHA256_CTX()
        exhibit_sha256_init(&context)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        exhibit_sha256_update(&context, start, bytes.count)
        count += UInt64(bytes.count)
    }

    public mutating func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ digest: SHA256Digest) {
        digest.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ byte: UInt8) {
        Swift.withUnsafeBytes(of: byte) { update($0) }
    }

    /// Hashes the UTF-8 bytes of `text`.
    public mutating func update(_ text: some StringProtocol) {
        if text.utf8.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) == nil {
            update(Array(text.utf8))
        }
    }

    /// The digest of everything so far; hashing can go on after it.
    public func digestSoFar() -> SHA256Digest {
        var copy = context
        return SHA256Digest { exhibit_sha256_final($0, &copy) }
    }

    /// The digest of everything.
    public consuming func finalize() -> SHA256Digest {
        SHA256Digest { exhibit_sha256_final($0, &context) }
    }
}
