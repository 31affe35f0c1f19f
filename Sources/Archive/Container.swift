/// How a tar stream is stored in a file (format.md, section 9).
public enum Container: String, Sendable, CaseIterable {
    /// The tar stream and a block with the locator (9.1).
    case tar
    /// The zstd seekable format with strict frames (9.2).
    case tarZstd

    /// The end of a file name in this container, with its dot.
    public var fileExtension: String {
        switch self {
        case .tar: ".tar"
        case .tarZstd: ".tar.zst"
        }
    }

    /// The container that a file of this name should have, nil when the name does not say.
    public init?(fileName: String) {
        guard let match = Self.allCases.first(where: { fileName.hasSuffix($0.fileExtension) }) else { return nil }
        self = match
    }

    /// Bytes at the beginning of a file that `detecting(prefix:)` wants to see.
    public static let prefixBytes = 512

    /// The container that a file with these first bytes has, nil when it is none of them.
    public static func detecting(prefix: some Collection<UInt8>) -> Container? {
        let bytes = Array(prefix.prefix(prefixBytes))
        if bytes.starts(with: ZstdFrame.magic) { return .tarZstd }
        // An empty tar begins with its end marker.
        if bytes.count == prefixBytes, bytes.allSatisfy({ $0 == 0 }) { return .tar }
        if bytes.count >= 265, bytes[257..<263].elementsEqual(StrictTar.magic.prefix(6)) { return .tar }
        return nil
    }
}

/// How a container is written.
public struct ContainerOptions: Sendable {
    /// Compression level of zstd, 1 (fast) to 19 (small).
    public var level: Int
    /// Content of a frame in bytes, at most 8 MiB. Smaller frames make single entries quicker to reach.
    public var frameBytes: Int
    /// Frames that are compressed at the same time.
    public var workers: Int

    /// The defaults suit a collector: up to 4 cores, which bounds the memory to about 60 MiB.
    public init(level: Int = 3, frameBytes: Int = 4 << 20, workers: Int = ContainerOptions.usableCores) {
        self.level = min(max(level, 1), 19)
        self.frameBytes = min(max(frameBytes, 512), ZstdFrame.maximumContentBytes)
        self.workers = min(max(workers, 1), 64)
    }
}
