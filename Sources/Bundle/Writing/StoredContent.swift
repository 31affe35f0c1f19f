internal import Archive
internal import BundleFormat
internal import Cryptography

/// Content that is complete and whose size is known: what is in a file, then what is in memory.
struct StoredContent: Sendable {
    /// Less than what the allocator asks the kernel for anew each time.
    private static let pieceBytes = 128 << 10

    private let file: (any ContainerSource)?
    /// Bytes of the file that belong to it, from its first on.
    private let fileBytes: UInt64
    private let memory: [UInt8]

    init(_ bytes: [UInt8]) {
        file = nil
        fileBytes = 0
        memory = bytes
    }

    init(_ file: any ContainerSource) {
        self.init(file: file, bytes: file.size, memory: [])
    }

    init(file: any ContainerSource, bytes: UInt64, memory: [UInt8]) {
        self.file = file
        fileBytes = bytes
        self.memory = memory
    }

    var size: UInt64 { fileBytes + UInt64(memory.count) }

    /// All of it, if it is in memory.
    var bytes: [UInt8]? { file == nil ? memory : nil }

    /// Hands the content out in order, in pieces of at most 128 KiB as far as it is in a file.
    func pieces(_ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        if let file, fileBytes > 0 {
            var buffer = [UInt8](repeating: 0, count: Int(min(UInt64(Self.pieceBytes), fileBytes)))
            var offset: UInt64 = 0
            while offset < fileBytes {
                let wanted = Int(min(UInt64(buffer.count), fileBytes - offset))
                let count = try buffer.withUnsafeMutableBytes { bytes in
                    try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted]))
                }
                guard count == wanted else {
                    throw BundleError(
                        code: .readFailed, doing: "reading a spool", subject: file.name,
                        reason: "the file became shorter", advice: "nothing else may write into that folder")
                }
                try await body(buffer[..<count])
                offset += UInt64(count)
            }
        }
        if !memory.isEmpty { try await body(memory[...]) }
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
