/// What will stand behind the tar stream, put together while the container is written.
enum TailBuilder {
    case plain
    case frames(SeekTable)
    case members(MemberTable)

    init(_ container: Container) {
        self =
            switch container {
            case .tar: .plain
            case .tarZstd: .frames(SeekTable())
            case .tarGz: .members(MemberTable())
            }
    }

    /// Counts a frame or member that was written.
    mutating func append(_ part: CompressedJob.Part) {
        switch self {
        case .plain: break
        case .frames(var table):
            // Let go of it, so that it is not copied.
            self = .plain
            table.rows.append(
                SeekTable.Row(compressed: UInt32(part.bytes), decompressed: UInt32(part.contentBytes)))
            self = .frames(table)
        case .members(var table):
            self = .plain
            table.append(bytes: part.bytes, contentBytes: part.contentBytes)
            self = .members(table)
        }
    }

    /// How many bytes would follow the tar stream if it ended now.
    var bytes: UInt64 {
        switch self {
        case .plain: UInt64(StrictTar.blockBytes)
        case .frames(let table): UInt64(SeekTable.locatorFrameBytes + 8 * table.rows.count + 64)
        case .members(let table): UInt64(MemberTable.bytes(rows: table.rows.count) + MemberTable.endBytes)
        }
    }

    /// The bytes that follow the tar stream.
    func encoded(_ locator: Locator) -> [UInt8] {
        switch self {
        case .plain: locator.block
        case .frames(let table): SeekTable.locatorFrame(locator) + table.encoded
        case .members(let table): table.tail(locator)
        }
    }
}
