internal import Cryptography

extension IndexLine {
    /// Reads a line without its LF; refuses everything that ``encode(into:)`` would not write.
    public init(decoding line: ArraySlice<UInt8>) throws(FormatError) {
        var scanner = LineScanner(line, doing: "reading an index line", limit: FormatLimits.indexLine - 1)
        let (path, media, segmentation, attempt) = try Self.metadata(&scanner)
        try scanner.expect(",\"count\":")
        let segments = try scanner.natural(atMost: FormatLimits.segments)
        guard segments > 0, segmentation == .lines || segments == 1 else {
            throw scanner.failure("the number of segments is impossible")
        }
        try scanner.expect(",\"root\":\"")
        let root = try scanner.digest()
        try scanner.expect(",\"sha256\":\"")
        let sha256 = try scanner.digest()
        try scanner.expect(",\"size\":")
        let size = try scanner.natural(atMost: FormatLimits.entry)
        try scanner.expect(",\"offset\":")
        let offset = try scanner.natural(atMost: UInt64(Int64.max))
        try scanner.expect("}")
        try scanner.end()
        self.init(
            path: path, media: media, segmentation: segmentation, attempt: attempt, segments: segments, root: root,
            sha256: sha256, size: size, offset: offset)
    }

    /// Joins the metadata that a checkpoint has of an entry (section 7.1) with what the archive has of it.
    ///
    /// - Parameters:
    ///   - metadata: exactly what ``metadata`` gives.
    ///   - content: the digest of the entry's content, cut in this way.
    public init(
        metadata: ArraySlice<UInt8>, offset: UInt64, content: (Segmentation) -> ContentDigest
    ) throws(FormatError) {
        var scanner = LineScanner(metadata, doing: "reading an entry's metadata", limit: FormatLimits.indexLine - 1)
        let (path, media, segmentation, attempt) = try Self.metadata(&scanner)
        try scanner.expect("}")
        try scanner.end()
        let digest = content(segmentation)
        self.init(
            path: path, media: media, segmentation: segmentation, attempt: attempt, segments: digest.segments,
            root: digest.root, sha256: digest.sha256, size: digest.size, offset: offset)
    }

    /// The members that stand before `count`.
    private static func metadata(
        _ scanner: inout LineScanner
    ) throws(FormatError) -> (path: EntryPath, media: String, segmentation: Segmentation, attempt: Int) {
        try scanner.expect("{\"path\":\"")
        let path = try EntryPath(validating: try scanner.string())
        try scanner.expect(",\"media\":\"")
        let media = String(decoding: try scanner.string(), as: UTF8.self)
        guard !media.isEmpty, media.utf8.count <= 255 else {
            throw scanner.failure("the media type has no allowed length")
        }
        try scanner.expect(",\"segments\":\"")
        guard let segmentation = Segmentation(rawValue: String(decoding: try scanner.string(), as: UTF8.self)) else {
            throw scanner.failure("the segmentation is not `lines` or `whole`")
        }
        try scanner.expect(",\"attempt\":")
        let attempt = try scanner.natural(atMost: UInt64(Int.max))
        return (path, media, segmentation, Int(attempt))
    }
}
