import Synchronization

/// Random access to the content of a `.tar.zst` through its seek table.
///
/// The table comes from the file and is not trusted: rows are bounded, their sums must fit file and locator, and before
/// a frame is used, every frame up to it must begin with a header that has the row's content size, and the frame itself
/// must be exactly as long as its row says. Only the headers of the frames before it are read, once.
///
/// Several tasks may read at once: each frame is decompressed by the one that asks first, and the others wait for it.
final class SeekableContent: RandomAccess {
    private struct State {
        var table: Table?
        /// Frames from the first whose headers agree with the table.
        var agreed = 0
    }

    /// Where frames begin; one element more than there are frames.
    private struct Table {
        var fileOffsets: [UInt64] = [0]
        var tarOffsets: [UInt64] = [0]

        /// The frame with the byte at `offset`, which is inside the tar stream.
        func frame(at offset: UInt64) -> Int {
            var low = 0, high = tarOffsets.count - 1
            while high - low > 1 {
                let middle = (low + high) / 2
                if tarOffsets[middle] <= offset { low = middle } else { high = middle }
            }
            return low
        }
    }

    private let source: any ContainerSource
    private let tail: ContainerTail
    private let state = Mutex(State())
    private let frames: FrameCache

    /// - Parameter readers: how many read at once.
    init(_ source: any ContainerSource, tail: ContainerTail, readers: Int) {
        self.source = source
        self.tail = tail
        frames = FrameCache(frames: readers + 1)
    }

    func content(from offset: UInt64, count: UInt64) throws(ArchiveError) -> ArraySlice<UInt8> {
        let table = try agreeing(withFrameAt: offset)
        let number = table.frame(at: offset)
        let content = try frames.content(of: number) { slot throws(ArchiveError) in
            try load(number, table, into: &slot)
        }
        return content[Int(offset - table.tarOffsets[number])...].prefix(Int(clamping: count))
    }

    /// The table, once all frames up to the one with the byte at `offset` begin as it says.
    private func agreeing(withFrameAt offset: UInt64) throws(ArchiveError) -> Table {
        try state.withLock { state in
            Result { () throws(ArchiveError) in
                let table: Table
                if let loaded = state.table {
                    table = loaded
                } else {
                    table = try loadTable()
                    state.table = table
                }
                let number = table.frame(at: offset)
                while state.agreed < number {
                    let bytes = try source.bytes(
                        at: table.fileOffsets[state.agreed], count: ZstdFrame.largestHeader)
                    do throws(Defect) {
                        _ = try Self.header(bytes, state.agreed, table)
                    } catch {
                        throw self.error(error, state.agreed, table)
                    }
                    state.agreed += 1
                }
                return table
            }
        }.get()
    }

    private func load(_ number: Int, _ table: Table, into slot: inout FrameCache.Content) throws(ArchiveError) {
        let range = table.fileOffsets[number]..<table.fileOffsets[number + 1]
        let bytes = try source.bytes(at: range.lowerBound, count: Int(range.upperBound - range.lowerBound))
        do {
            let header = try Self.header(bytes, number, table)
            try Self.checkLength(of: bytes, header)
            try slot.decompress(bytes, contentBytes: header.contentBytes)
        } catch let defect as Defect {
            throw error(defect, number, table)
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw self.error(Defect(.readFailed, "\(error)"), number, table)
        }
    }

    private static func header(_ bytes: [UInt8], _ number: Int, _ table: Table) throws(Defect) -> ZstdFrame.Header {
        guard let header = try ZstdFrame.header(in: bytes, at: 0, end: bytes.count) else {
            throw Defect(.badSeekTable, "the seek table leads behind the frames")
        }
        guard UInt64(header.contentBytes) == table.tarOffsets[number + 1] - table.tarOffsets[number] else {
            throw Defect(.badSeekTable, "the seek table has another content size than the frame itself")
        }
        return header
    }

    /// The blocks must fill the row's compressed size exactly.
    private static func checkLength(of bytes: [UInt8], _ header: ZstdFrame.Header) throws(Defect) {
        var length = header.bytes
        var isLast = false
        while !isLast {
            guard length + 3 <= bytes.count else { break }
            let block = try ZstdFrame.block(in: bytes, at: length)
            length += 3 + block.bytes
            isLast = block.isLast
        }
        guard isLast, length + ZstdFrame.checksumBytes == bytes.count else {
            throw Defect(.badSeekTable, "the seek table has another compressed size than the frame itself")
        }
    }

    private func loadTable() throws(ArchiveError) -> Table {
        // The number of rows was bounded, and compared with the file's size, when the tail was found.
        let rows = try source.bytes(at: tail.rowsOffset ?? 0, count: 8 * (tail.rows + 1))
        guard rows.count == 8 * (tail.rows + 1) else { throw badTable("the file became shorter while it was read") }
        var table = Table()
        table.fileOffsets.reserveCapacity(tail.rows + 1)
        table.tarOffsets.reserveCapacity(tail.rows + 1)
        var file: UInt64 = 0, tar: UInt64 = 0
        for row in 0..<tail.rows {
            let compressed = rows.littleEndian(at: 8 * row, as: UInt32.self)
            let decompressed = rows.littleEndian(at: 8 * row + 4, as: UInt32.self)
            guard compressed > 0, compressed <= UInt32(ZstdFrame.maximumFrameBytes), decompressed > 0,
                decompressed <= UInt32(ZstdFrame.maximumContentBytes)
            else { throw badTable("row \(row) has a size that no frame can have") }
            file += UInt64(compressed)
            tar += UInt64(decompressed)
            table.fileOffsets.append(file)
            table.tarOffsets.append(tar)
        }
        guard rows.littleEndian(at: 8 * tail.rows, as: UInt64.self) == UInt64(SeekTable.locatorFrameBytes),
            file == tail.locatorOffset, tar == tail.locator.tarLength
        else { throw badTable("its sums are not those of the file and the locator") }
        return table
    }

    private func badTable(_ reason: String) -> ArchiveError {
        ArchiveError(
            .badSeekTable, doing: "reading the seek table of", subject: source.name, fileOffset: tail.rowsOffset,
            reason: reason)
    }

    private func error(_ defect: Defect, _ number: Int, _ table: Table) -> ArchiveError {
        CompressedFrame.error(
            defect, number: number, fileOffset: table.fileOffsets[number], tarOffset: table.tarOffsets[number],
            contentBytes: Int(table.tarOffsets[number + 1] - table.tarOffsets[number]), file: source.name)
    }
}
