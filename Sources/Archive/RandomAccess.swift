/// Bytes of the tar stream of a container from anywhere in it.
protocol RandomAccess: Sendable {
    /// Content from `offset`, which is inside the tar stream: at least a byte, at most `count`, as much as is at hand.
    func content(from offset: UInt64, count: UInt64) throws(ArchiveError) -> ArraySlice<UInt8>
}

/// Random access to a `.tar`.
struct PlainAccess: RandomAccess {
    private let source: any ContainerSource

    init(_ source: any ContainerSource) {
        self.source = source
    }

    func content(from offset: UInt64, count: UInt64) throws(ArchiveError) -> ArraySlice<UInt8> {
        try source.bytes(at: offset, count: Int(min(count, 1 << 20)))[...]
    }
}

/// The end of a tar stream, from somewhere in it.
final class ContentFromOffset: ContentStream {
    private let access: any RandomAccess
    private var offset: UInt64
    private let end: UInt64
    /// The container's end is not looked at.
    let locator: Locator? = nil

    init(_ access: any RandomAccess, from offset: UInt64, to end: UInt64) {
        self.access = access
        self.offset = offset
        self.end = end
    }

    func next() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        guard offset < end else { return nil }
        let piece = try access.content(from: offset, count: end - offset)
        offset += UInt64(piece.count)
        return piece.isEmpty ? nil : piece
    }

    func defect(ofRest rest: ArraySlice<UInt8>, tarLength: UInt64) -> Defect {
        .bytesBehindTheEnd
    }
}
