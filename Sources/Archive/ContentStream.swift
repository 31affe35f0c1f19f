/// The tar stream of a container, piece by piece, as a reader passes through it once.
protocol ContentStream: AnyObject {
    /// The next piece, never empty; nil when the container has ended as it should and its tail was checked.
    func next() async throws(ArchiveError) -> ArraySlice<UInt8>?
    /// The locator, once `next` gave nil.
    var locator: Locator? { get }
    /// What is wrong when `rest` follows the end of the tar stream, of `tarLength` bytes, as content.
    func defect(ofRest rest: ArraySlice<UInt8>, tarLength: UInt64) -> Defect
}

/// The content of a `.tar`.
final class PlainContent: ContentStream {
    private let source: any ContainerSource
    private var offset: UInt64 = 0
    private let end: UInt64
    private(set) var locator: Locator?
    private let tail: ContainerTail?

    init(_ source: any ContainerSource, tail: ContainerTail?) {
        self.source = source
        self.tail = tail
        // Without a well-formed locator everything is handed out: whoever reads the tar notices what is missing.
        end = tail?.locatorOffset ?? source.size
    }

    func next() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        if offset < end {
            let piece = try source.bytes(at: offset, count: Int(min(1 << 20, end - offset)))
            guard !piece.isEmpty else { throw error(.readFailed, "the file became shorter while it was read") }
            offset += UInt64(piece.count)
            return piece[...]
        }
        guard let tail else { throw error(.truncated, "the file ends here, without its locator") }
        guard tail.locator.tarLength == end else {
            throw error(.badLocator, "the locator says \(tail.locator.tarLength) bytes of tar, there are \(end)")
        }
        locator = tail.locator
        return nil
    }

    func defect(ofRest rest: ArraySlice<UInt8>, tarLength: UInt64) -> Defect {
        let magic = Locator.magic
        guard tail == nil else { return Defect(.trailingBytes, "the tar stream ends before the locator") }
        if rest.count < StrictTar.blockBytes, rest.prefix(magic.count).elementsEqual(magic.prefix(rest.count)) {
            return Defect(.truncated, "the file ends inside its locator")
        }
        if rest.count == StrictTar.blockBytes { return Defect(.badLocator, "the last block is not a locator") }
        return .bytesBehindTheEnd
    }

    private func error(_ code: ArchiveError.Code, _ reason: String) -> ArchiveError {
        ArchiveError(
            code, doing: "reading", subject: source.name, tarOffset: offset, fileOffset: offset, reason: reason)
    }
}
