/// Walks through a `.tar.gz` and cuts it into runs of members, refusing what format.md, section 9.3 does not allow.
///
/// It decompresses nothing: a member's header says where it ends. The tail is compared byte for byte with the one that
/// the members that went by make.
struct MemberScanner: PieceScanner {
    /// Content of a run: enough that the task is not noticed, little enough that several fit into memory.
    private static let runBytes = 1 << 20

    private let source: any ContainerSource
    /// The end of the file as it was found; nil when it is malformed. Then everything is handed out as content: whoever
    /// reads the tar notices where it ends.
    private let tail: ContainerTail?
    private let tailProblem: ArchiveError?
    /// Offset in the file where content ends.
    private let end: UInt64
    private var buffer: SourceBuffer
    private var table = MemberTable()
    private var failure: ArchiveError?
    /// The locator, once the tail was reached.
    private(set) var locator: Locator?

    init(_ source: any ContainerSource, tail: ContainerTail?, problem: ArchiveError?) {
        self.source = source
        self.tail = tail
        tailProblem = problem
        end = tail?.locatorOffset ?? source.size
        buffer = SourceBuffer(source)
    }

    mutating func next() throws(ArchiveError) -> MemberRun? {
        if locator != nil { return nil }
        if let failure { throw failure }
        let number = table.members, tarOffset = table.next.tarOffset
        var members: [MemberRun.Member] = []
        var length = 0, content = 0
        do {
            while content + GzipMember.maximumContentBytes <= Self.runBytes, length < Self.runBytes,
                let member = try member(at: length)
            {
                members.append(member)
                length += member.bytes
                content += member.contentBytes
            }
            if members.isEmpty {
                try readTail()
                return nil
            }
        } catch {
            let failure = place(error)
            if members.isEmpty { throw failure }
            // What stands before it is handed out first.
            self.failure = failure
        }
        return MemberRun(
            number: number, fileOffset: buffer.offset, tarOffset: tarOffset, members: members, contentBytes: content,
            bytes: buffer.take(length))
    }

    /// The member `length` bytes from here, all of it available; nil when content ends there.
    private mutating func member(at length: Int) throws -> MemberRun.Member? {
        let left = end - buffer.offset - UInt64(length)
        guard left > 0 else { return nil }
        guard try buffer.ensure(length + GzipMember.headerBytes) else { throw truncated() }
        let size = try GzipMember.size(in: buffer.bytes, at: buffer.begin + length)
        guard UInt64(size) <= left || tail == nil else {
            // Not the code of a wrong table, which says that the tar stream was read to its end.
            throw Defect(.badFrame, "it ends behind the place where, by the end of the file, the table begins")
        }
        guard try buffer.ensure(length + size) else { throw truncated() }
        if tail == nil, UInt64(size) == left, isEndMarker(at: length, size: size) {
            throw tailProblem ?? truncated()
        }
        let content = try GzipMember.contentBytes(in: buffer.bytes, at: buffer.begin + length, size: size)
        guard table.members < MemberTable.maximumRows * MemberTable.stride else {
            throw Defect(.tooManyFrames, "more than \(MemberTable.maximumRows * MemberTable.stride) members")
        }
        table.append(bytes: size, contentBytes: content)
        return MemberRun.Member(bytes: size, contentBytes: content)
    }

    private func isEndMarker(at length: Int, size: Int) -> Bool {
        size == GzipMember.endMarker.count
            && buffer.bytes[(buffer.begin + length)..<(buffer.begin + length + size)]
                .elementsEqual(GzipMember.endMarker)
    }

    private mutating func readTail() throws {
        guard let tail else { throw truncated() }
        guard tail.locator.tarLength == table.next.tarOffset else {
            throw Defect(
                .badLocator,
                "the locator says \(tail.locator.tarLength) bytes of tar, there are \(table.next.tarOffset)")
        }
        locator = try checkTail(at: end, rows: table.rows[...])
    }

    func defect(behind tarLength: UInt64) -> Defect {
        guard tail == nil else { return Defect(.trailingBytes, "the tar stream ends before the table") }
        do {
            guard let offset = try fileOffset(of: tarLength) else {
                return Defect(.trailingBytes, "the tar stream ends inside a member")
            }
            _ = try checkTail(at: offset, rows: table.rows.prefix { $0.tarOffset < tarLength })
        } catch let defect as Defect {
            return defect
        } catch {
            return Defect(.readFailed, "\(error)")
        }
        return .bytesBehindTheEnd
    }

    /// Where the member begins in the file whose content begins at `tarOffset`; nil when none does.
    private func fileOffset(of tarOffset: UInt64) throws -> UInt64? {
        guard var place = table.rows.last(where: { $0.tarOffset <= tarOffset }) else { return nil }
        while place.tarOffset < tarOffset {
            let bytes = try source.bytes(at: place.fileOffset, count: GzipMember.maximumBytes)
            guard bytes.count >= GzipMember.headerBytes else { throw truncated() }
            let size = try GzipMember.size(in: bytes, at: 0)
            guard bytes.count >= size else { throw truncated() }
            place.fileOffset += UInt64(size)
            place.tarOffset += UInt64(try GzipMember.contentBytes(in: bytes, at: 0, size: size))
        }
        return place.tarOffset == tarOffset ? place.fileOffset : nil
    }

    /// Compares what stands at `offset` with the tail that these rows make.
    private func checkTail(at offset: UInt64, rows: ArraySlice<MemberTable.Row>) throws -> Locator {
        let table = MemberTable.encoded(rows)
        let found = try source.bytes(at: offset, count: table.count)
        guard table.starts(with: found) else {
            throw Defect(.badSeekTable, "the table is not the one of these members")
        }
        let end = try source.bytes(at: offset + UInt64(table.count), count: MemberTable.endBytes + 1)
        guard end.count >= MemberTable.footerBytes || !MemberTable.isFooterCutOff(end) else {
            throw Defect(.truncated, "the file ends inside its table or locator, at \(source.size) bytes")
        }
        guard let footer = MemberTable.decodeFooter(Array(end.prefix(MemberTable.footerBytes))),
            footer.rows == rows.count
        else { throw Defect(.badLocator, "the table is not followed by a locator") }
        let marker = end[MemberTable.footerBytes...]
        guard marker.count >= GzipMember.endMarker.count else {
            throw Defect(.truncated, "the file ends before the end marker of BGZF, at \(source.size) bytes")
        }
        guard marker.starts(with: GzipMember.endMarker) else {
            throw Defect(.badFrame, "the locator is not followed by the end marker of BGZF")
        }
        guard end.count == MemberTable.endBytes else {
            throw Defect(.trailingBytes, "there are bytes behind the end marker of BGZF")
        }
        return footer.locator
    }

    private func truncated() -> Defect {
        Defect(.truncated, "the file ends here, at \(source.size) bytes")
    }

    private func place(_ error: any Error) -> ArchiveError {
        if let error = error as? ArchiveError { return error }
        let defect = error as? Defect ?? Defect(.readFailed, "\(error)")
        return CompressedFrame.error(
            defect, unit: "gzip member", number: table.members, fileOffset: table.next.fileOffset,
            tarOffset: table.next.tarOffset, contentBytes: nil, file: source.name)
    }
}
