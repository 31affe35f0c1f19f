/// One regular file of an archive, its header checked to be exactly what path, size and time make it.
public struct TarEntry: Hashable, Sendable {
    /// The full path as it stands in the archive, escapes included.
    public var path: String
    /// Content in bytes.
    public var size: UInt64
    /// In Unix seconds; the same for every entry of an archive.
    public var modificationTime: UInt64
    /// Tar offset of the first header block (of the extended header, if there is one).
    public var offset: UInt64
    /// Tar offset of the content.
    public var contentOffset: UInt64

    /// Tar offset of what follows: content and padding end there.
    public var endOffset: UInt64 { contentOffset + size + UInt64(StrictTar.padding(size: size)) }
}

/// What a complete pass found out about an archive.
public struct ArchiveSummary: Hashable, Sendable {
    /// Number of entries.
    public var entries: UInt64
    /// Bytes of the tar stream through its end marker.
    public var tarLength: UInt64
    /// The time in every header; nil when there are no entries.
    public var modificationTime: UInt64?
    /// The locator as found: well-formed, and with the right length. What else it says is for the caller to compare.
    public var locator: Locator
}

/// The content of the entry that is being read. Bytes that are not taken are skipped, but still checked.
public struct EntryBody: ~Copyable {
    private let stream: TarStream
    /// Bytes that were not taken yet.
    public private(set) var remaining: UInt64

    init(_ stream: TarStream, size: UInt64) {
        self.stream = stream
        remaining = size
    }

    /// The next piece of content, never empty, at most 8 MiB; nil at the end. Few may be kept: the memory
    /// of those that are let go is used again.
    public mutating func next() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        guard remaining > 0 else { return nil }
        let piece = try await stream.content(upTo: remaining)
        remaining -= UInt64(piece.count)
        return piece
    }

    /// All content that is left, for small entries.
    ///
    /// - Throws: `outOfRange` when there are more than `limit` bytes; nothing is read then.
    public mutating func readAll(limit: Int) async throws(ArchiveError) -> [UInt8] {
        guard remaining <= UInt64(max(limit, 0)) else { throw stream.tooLarge(remaining, limit: limit) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(min(remaining, 1 << 20)))
        while let piece = try await next() { bytes += piece }
        return bytes
    }
}
