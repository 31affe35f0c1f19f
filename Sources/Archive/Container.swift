/// How a tar stream is stored in a file (format.md, section 9).
public enum Container: String, Sendable, CaseIterable {
    /// The tar stream and a block with the locator (9.1).
    case tar
    /// The zstd seekable format with strict frames (9.2).
    case tarZstd
    /// BGZF: gzip members of at most 64 KiB of content, and a table of them (9.3).
    case tarGz

    /// The end of a file name in this container, with its dot.
    public var fileExtension: String {
        switch self {
        case .tar: ".tar"
        case .tarZstd: ".tar.zst"
        case .tarGz: ".tar.gz"
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
        if GzipMember.isBgzf(bytes) { return .tarGz }
        // An empty tar begins with its end marker.
        if bytes.count == prefixBytes, bytes.allSatisfy({ $0 == 0 }) { return .tar }
        if bytes.count >= 265, bytes[257..<263].elementsEqual(StrictTar.magic.prefix(6)) { return .tar }
        return nil
    }
}

/// How a container is written.
public struct ContainerOptions: Sendable {
    /// Compression level, within `Container.levels`; nil is `Container.defaultLevel`.
    public var level: Int?
    /// Content of a frame of `.tar.zst` in bytes, at most 8 MiB. Smaller frames make single entries quicker to reach.
    /// A `.tar.gz` has members of at most 65,280 bytes; there it is what a task compresses, at most 1 MiB.
    public var frameBytes: Int
    /// Frames that are compressed at the same time.
    public var workers: Int

    /// The defaults suit a collector: up to 4 cores, which bounds the memory to about 60 MiB.
    public init(level: Int? = nil, frameBytes: Int = 4 << 20, workers: Int = ContainerOptions.usableCores) {
        self.level = level
        self.frameBytes = min(max(frameBytes, 512), ZstdFrame.maximumContentBytes)
        self.workers = min(max(workers, 1), 64)
    }
}

extension Container {
    /// Levels that make sense, from fast to small: of zstd, or of libdeflate. A level beyond them is taken as the
    /// nearest. A `.tar` has one, which means nothing.
    public var levels: ClosedRange<Int> {
        switch self {
        case .tar: 1...1
        case .tarZstd: Compressor.levels
        case .tarGz: MemberCompressor.levels
        }
    }

    /// The level that suits a capture: 1 of zstd, which makes of logs and objects as little as its 3 does in frames of this
    /// size, in two thirds of the time; 6 of libdeflate, which makes of logs less than `gzip -6` does.
    public var defaultLevel: Int {
        switch self {
        case .tar: 1
        case .tarZstd: 1
        case .tarGz: 6
        }
    }

    /// What a task compresses, in bytes of content, when a frame is to have `frameBytes`. In a `.tar.gz` that is as
    /// many whole members as fit into it and 1 MiB, or a part of one.
    func jobBytes(frameBytes: Int) -> Int {
        guard self == .tarGz, frameBytes > GzipMember.writtenContentBytes else { return frameBytes }
        let bytes = min(frameBytes, 1 << 20)
        return bytes - bytes % GzipMember.writtenContentBytes
    }

    /// The level to compress with.
    func level(_ wanted: Int?) -> Int {
        min(max(wanted ?? defaultLevel, levels.lowerBound), levels.upperBound)
    }
}
