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
