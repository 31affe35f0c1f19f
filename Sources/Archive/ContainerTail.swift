/// What stands at the very end of a container: found without reading the rest, and not to be trusted.
struct ContainerTail: Sendable {
    var locator: Locator
    /// Offset in the file of what follows the content.
    var locatorOffset: UInt64
    /// Offset in the file of the seek table's rows, or of the table of members; nil for `.tar`.
    var rowsOffset: UInt64?
    /// Rows of the seek table that are about content: frames, or runs of 64 members.
    var rows = 0

    init(of source: any ContainerSource, container: Container) throws(ArchiveError) {
        switch container {
        case .tar: try self.init(plain: source)
        case .tarZstd: try self.init(zstd: source)
        case .tarGz: try self.init(gzip: source)
        }
    }

    private init(plain source: any ContainerSource) throws(ArchiveError) {
        let block = UInt64(StrictTar.blockBytes)
        guard source.size >= block, source.size % block == 0 else {
            throw Self.error(source, .truncated, "the file does not end with a locator")
        }
        let offset = source.size - block
        let bytes = try source.bytes(at: offset, count: StrictTar.blockBytes)
        guard let locator = Locator(decoding: bytes.prefix(Locator.encodedBytes)), locator.block == bytes else {
            throw Self.error(source, .badLocator, "the file does not end with a locator")
        }
        self.locator = locator
        locatorOffset = offset
    }

    private init(zstd source: any ContainerSource) throws(ArchiveError) {
        let smallest = SeekTable.frameBytes(frames: 1) + SeekTable.locatorFrameBytes
        guard source.size >= UInt64(smallest) else {
            throw Self.error(source, .truncated, "the file does not end with a seek table")
        }
        let footerOffset = source.size - UInt64(SeekTable.footerBytes)
        let footer = try source.bytes(at: footerOffset, count: SeekTable.footerBytes)
        guard footer.count == SeekTable.footerBytes,
            footer.littleEndian(at: 5, as: UInt32.self) == SeekTable.footerMagic, footer[4] == 0
        else { throw Self.error(source, .truncated, "the file does not end with a seek table") }
        let rows = Int(footer.littleEndian(at: 0, as: UInt32.self))
        guard rows >= 1, rows <= ZstdFrame.maximumFrames + 1,
            UInt64(SeekTable.frameBytes(frames: rows) + SeekTable.locatorFrameBytes) <= source.size
        else { throw Self.error(source, .badSeekTable, "the seek table claims \(rows) frames") }
        let tableBytes = SeekTable.frameBytes(frames: rows)
        let tableOffset = source.size - UInt64(tableBytes)
        locatorOffset = tableOffset - UInt64(SeekTable.locatorFrameBytes)
        rowsOffset = tableOffset + UInt64(SeekTable.skippableHeaderBytes)
        self.rows = rows - 1
        let count = SeekTable.locatorFrameBytes + SeekTable.skippableHeaderBytes
        let bytes = try source.bytes(at: locatorOffset, count: count)
        guard bytes.count == count,
            bytes.littleEndian(at: SeekTable.locatorFrameBytes, as: UInt32.self) == ZstdFrame.seekTableMagic,
            bytes.littleEndian(at: SeekTable.locatorFrameBytes + 4, as: UInt32.self)
                == UInt32(tableBytes - SeekTable.skippableHeaderBytes)
        else { throw Self.error(source, .badSeekTable, "the seek table has not the size it claims") }
        let found = Locator(decoding: bytes[SeekTable.skippableHeaderBytes..<SeekTable.locatorFrameBytes])
        guard let found, bytes.starts(with: SeekTable.locatorFrame(found)) else {
            throw Self.error(source, .badLocator, "there is no locator before the seek table")
        }
        locator = found
    }

    private init(gzip source: any ContainerSource) throws(ArchiveError) {
        let bytes = try source.bytes(
            at: source.size - min(source.size, UInt64(MemberTable.endBytes)), count: MemberTable.endBytes)
        guard bytes.count == MemberTable.endBytes, bytes[MemberTable.footerBytes...].elementsEqual(GzipMember.endMarker)
        else { throw Self.error(source, .truncated, "the file does not end with the end marker of BGZF") }
        guard let footer = MemberTable.decodeFooter(Array(bytes.prefix(MemberTable.footerBytes))) else {
            throw Self.error(source, .badLocator, "there is no locator before the end marker of BGZF")
        }
        guard footer.rows >= 1, footer.rows <= MemberTable.maximumRows,
            UInt64(MemberTable.bytes(rows: footer.rows) + MemberTable.endBytes) <= source.size
        else { throw Self.error(source, .badSeekTable, "the table claims \(footer.rows) rows") }
        locator = footer.locator
        rows = footer.rows
        locatorOffset = source.size - UInt64(MemberTable.bytes(rows: rows) + MemberTable.endBytes)
        rowsOffset = locatorOffset
    }

    private static func error(
        _ source: any ContainerSource, _ code: ArchiveError.Code, _ reason: String
    ) -> ArchiveError {
        ArchiveError(
            code, doing: "looking for the seek table of", subject: source.name, fileOffset: source.size, reason: reason)
    }
}
