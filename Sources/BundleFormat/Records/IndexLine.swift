public import Cryptography
internal import StructuredText

/// What the bundle knows of one entry: a line of `meta/index.jsonl` (section 5). The line has exactly one form.
public struct IndexLine: Hashable, Sendable {
    public var path: EntryPath
    public var media: String
    public var segmentation: Segmentation
    /// The ledger attempt that made it; 0 for the run's own files.
    public var attempt: Int
    /// Number of segments.
    public var segments: UInt64
    /// The content root.
    public var root: SHA256Digest
    /// Of the content.
    public var sha256: SHA256Digest
    /// In bytes.
    public var size: UInt64
    /// Of the entry's first header block in the uncompressed tar.
    public var offset: UInt64

    public init(
        path: EntryPath, media: String, segmentation: Segmentation, attempt: Int, segments: UInt64, root: SHA256Digest,
        sha256: SHA256Digest, size: UInt64, offset: UInt64
    ) {
        self.path = path
        self.media = Self.allowedMedia(media)
        self.segmentation = segmentation
        self.attempt = attempt
        self.segments = segments
        self.root = root
        self.sha256 = sha256
        self.size = size
        self.offset = offset
    }

    /// The bytes that the metadata commitment covers.
    public var metadata: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(path.rawValue.utf8.count + media.utf8.count + 64)
        appendMetadata(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Appends the line with its LF.
    public func encode(into output: inout [UInt8]) {
        appendMetadata(to: &output)
        output.append(contentsOf: ",\"count\":".utf8)
        JSONText.append(integer: segments, to: &output)
        output.append(contentsOf: ",\"root\":\"".utf8)
        root.appendHex(to: &output)
        output.append(contentsOf: "\",\"sha256\":\"".utf8)
        sha256.appendHex(to: &output)
        output.append(contentsOf: "\",\"size\":".utf8)
        JSONText.append(integer: size, to: &output)
        output.append(contentsOf: ",\"offset\":".utf8)
        JSONText.append(integer: offset, to: &output)
        output.append(contentsOf: "}\n".utf8)
    }

    /// The line with its LF.
    public func encoded() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(512)
        encode(into: &output)
        return output
    }

    private func appendMetadata(to output: inout [UInt8]) {
        output.append(contentsOf: "{\"path\":\"".utf8)
        output.append(contentsOf: path.rawValue.utf8)
        output.append(contentsOf: "\",\"media\":\"".utf8)
        output.append(contentsOf: media.utf8)
        output.append(contentsOf: "\",\"segments\":\"".utf8)
        output.append(contentsOf: segmentation.rawValue.utf8)
        output.append(contentsOf: "\",\"attempt\":".utf8)
        JSONText.append(integer: attempt, to: &output)
    }

    /// A media type is a hint; one that the line's one form has no room for becomes that of plain bytes.
    private static func allowedMedia(_ media: String) -> String {
        let isAllowed = media.utf8.count <= 255 && media.utf8.allSatisfy(LineScanner.isStringByte) && !media.isEmpty
        return isAllowed ? media : "application/octet-stream"
    }
}
