internal import Archive
internal import BundleFormat
internal import Cryptography

/// Content that is complete and whose size is known.
enum StoredContent: Sendable {
    case memory([UInt8])
    case file(FileSource)

    private static let pieceBytes = 1 << 20

    var size: UInt64 {
        switch self {
        case .memory(let bytes): UInt64(bytes.count)
        case .file(let source): source.size
        }
    }

    /// Hands the content out in order, in pieces of at most 1 MiB when it is in a file.
    func pieces(_ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        switch self {
        case .memory(let bytes):
            if !bytes.isEmpty { try await body(bytes[...]) }
        case .file(let source):
            var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(Self.pieceBytes), source.size)))
            var offset: UInt64 = 0
            while offset < source.size {
                let wanted = Int(min(UInt64(buffer.count), source.size - offset))
                let count = try buffer.withUnsafeMutableBytes { bytes in
                    try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]))
                }
                guard count == wanted else {
                    throw BundleError(
                        code: .readFailed, doing: "reading a spool", subject: source.name,
                        reason: "the file became shorter", advice: "nothing else may write into that folder")
                }
                try await body(buffer[..<count])
                offset += UInt64(count)
            }
        }
    }

    /// Its hashes for the index.
    func digest(path: EntryPath, segmentation: Segmentation, salts: SaltTree) async throws -> ContentDigest {
        var hasher = ContentHasher(path: path, segmentation: segmentation, salts: salts)
        try await pieces { try hasher.update($0) }
        return try hasher.finalize()
    }

    func sha256() async throws -> SHA256Digest {
        var hasher = SHA256()
        try await pieces { hasher.update($0) }
        return hasher.finalize()
    }
}
