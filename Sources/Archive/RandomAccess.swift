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

/// Part of the tar stream as a stream of its own, without the container's tail.
final class ContentRange: ContentStream {
    private let access: any RandomAccess
    private var offset: UInt64
    private let end: UInt64

    init(_ access: any RandomAccess, from offset: UInt64, to end: UInt64) {
        self.access = access
        self.offset = offset
        self.end = end
    }

    var locator: Locator? { nil }

    func next() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        guard offset < end else { return nil }
        let piece = try access.content(from: offset, count: end - offset)
        // Nothing comes only from a file that became shorter; the tar reader then says where it ends.
        offset = piece.isEmpty ? end : offset + UInt64(piece.count)
        return piece.isEmpty ? nil : piece
    }

    func defect(ofRest rest: ArraySlice<UInt8>, tarLength: UInt64) -> Defect { .bytesBehindTheEnd }
}
