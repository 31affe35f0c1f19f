import Synchronization

/// Random access to the content of a `.tar.gz` through its table.
///
/// The table comes from the file and is not trusted. It must have its one form; the members from one row to the next
/// must be 64, fill just the bytes between the rows, and claim just the content between them. Other members are not
/// looked at, for that would be to read the whole file: a forged table can make right bytes of one place appear at
/// another. Whoever asks compares header and digest, and a pass through the file compares the table.
final class SeekableMembers: RandomAccess {
    private struct State: ~Copyable {
        var decompressor: MemberDecompressor?
        /// The table, and a row for its end.
        var rows: [MemberTable.Row]?
        /// The members from one row to the next that were used last.
        var stretch: (row: Int, run: MemberRun)?
        /// The content that was made last.
        var cached: (tarOffset: UInt64, content: [UInt8])?
    }

    private let source: any ContainerSource
    private let tail: ContainerTail
    private let state = Mutex(State())

    init(_ source: any ContainerSource, tail: ContainerTail) {
        self.source = source
        self.tail = tail
    }

    func content(from offset: UInt64, count: UInt64) throws(ArchiveError) -> ArraySlice<UInt8> {
        try state.withLock { state in
            Result { () throws(ArchiveError) in try content(from: offset, count: count, &state) }
        }.get()
    }

    private func content(
        from offset: UInt64, count: UInt64, _ state: inout State
    ) throws(ArchiveError) -> ArraySlice<UInt8> {
        if let (start, content) = state.cached, offset >= start, offset - start < UInt64(content.count) {
            return content[Int(offset - start)...].prefix(Int(clamping: count))
        }
        let run = try stretch(with: offset, &state).part(from: offset, count: count)
        if state.decompressor == nil { state.decompressor = try MemberDecompressor() }
        var decoded = DecodedPiece(count: 0)
        let content = [UInt8](unsafeUninitializedCapacity: run.contentBytes) { buffer, filled in
            decoded = state.decompressor!.decode(
                run,
                into: UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<run.contentBytes]),
                file: source.name)
            filled = decoded.count
        }
        if let failure = decoded.failure { throw failure }
        state.cached = (run.tarOffset, content)
        return content[Int(offset - run.tarOffset)...].prefix(Int(clamping: count))
    }

    /// The members between the rows around `offset`, which is inside the tar stream.
    private func stretch(with offset: UInt64, _ state: inout State) throws(ArchiveError) -> MemberRun {
        let rows: [MemberTable.Row]
        if let loaded = state.rows {
            rows = loaded
        } else {
            rows = try loadRows()
            state.rows = rows
        }
        var low = 0, high = rows.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if rows[middle].tarOffset <= offset { low = middle } else { high = middle }
        }
        if let stretch = state.stretch, stretch.row == low { return stretch.run }
        let run: MemberRun
        do {
            run = try load(
                rows[low], to: rows[low + 1], number: low * MemberTable.stride, isLast: low + 2 == rows.count)
        } catch let defect as Defect {
            throw CompressedFrame.error(
                defect, unit: "run of gzip members from", number: low * MemberTable.stride,
                fileOffset: rows[low].fileOffset, tarOffset: rows[low].tarOffset,
                contentBytes: Int(rows[low + 1].tarOffset - rows[low].tarOffset), file: source.name)
        } catch {
            throw error as? ArchiveError ?? badTable("\(error)")
        }
        state.stretch = (low, run)
        return run
    }

    private func load(
        _ row: MemberTable.Row, to next: MemberTable.Row, number: Int, isLast: Bool
    ) throws -> MemberRun {
        let bytes = try source.bytes(at: row.fileOffset, count: Int(next.fileOffset - row.fileOffset))
        var members: [MemberRun.Member] = []
        var offset = 0, content = 0
        while offset < bytes.count {
            guard offset + GzipMember.minimumBytes <= bytes.count else { throw Self.otherMembers }
            let size = try GzipMember.size(in: bytes, at: offset)
            guard offset + size <= bytes.count else { throw Self.otherMembers }
            members.append(
                MemberRun.Member(
                    bytes: size, contentBytes: try GzipMember.contentBytes(in: bytes, at: offset, size: size)))
            offset += size
            content += members[members.count - 1].contentBytes
        }
        guard members.count == MemberTable.stride || isLast && members.count < MemberTable.stride,
            row.tarOffset + UInt64(content) == next.tarOffset
        else { throw Self.otherMembers }
        return MemberRun(
            number: number, fileOffset: row.fileOffset, tarOffset: row.tarOffset, members: members,
            contentBytes: content, bytes: bytes)
    }

    private static let otherMembers = Defect(.badSeekTable, "the table is not the one of these members")

    private func loadRows() throws(ArchiveError) -> [MemberTable.Row] {
        // The number of rows was bounded, and compared with the file's size, when the tail was found.
        let bytes = try source.bytes(at: tail.locatorOffset, count: MemberTable.bytes(rows: tail.rows))
        guard let decoded = MemberTable.decode(bytes, rows: tail.rows) else {
            throw badTable("it has not the one form of a table")
        }
        let rows = decoded + [MemberTable.Row(fileOffset: tail.locatorOffset, tarOffset: tail.locator.tarLength)]
        guard rows[0] == MemberTable.Row(fileOffset: 0, tarOffset: 0) else {
            throw badTable("it does not begin with 0")
        }
        let limit = UInt64(MemberTable.stride * GzipMember.maximumBytes)
        for (row, next) in zip(rows, rows.dropFirst()) {
            guard next.fileOffset > row.fileOffset, next.fileOffset - row.fileOffset <= limit,
                next.tarOffset > row.tarOffset, next.tarOffset - row.tarOffset <= limit
            else { throw badTable("its rows are not further apart by what \(MemberTable.stride) members can have") }
        }
        return rows
    }

    private func badTable(_ reason: String) -> ArchiveError {
        ArchiveError(
            .badSeekTable, doing: "reading the table of", subject: source.name, fileOffset: tail.locatorOffset,
            reason: reason)
    }
}
