/// Reads a tar stream once, entry by entry, and refuses what the strict profile forbids.
final class TarStream {
    private let file: String
    private let content: any ContentStream
    private let wantedTime: UInt64?
    private var piece: ArraySlice<UInt8> = []
    /// Tar offset of the next byte.
    private var offset: UInt64
    private var paths = PathRegistry()
    private var time: UInt64?
    private var entries: UInt64 = 0
    private var current: TarEntry?
    private var lastComplete: String?

    /// - Parameter offset: of the first byte of `content` in the tar stream.
    init(_ content: any ContentStream, file: String, modificationTime: UInt64?, from offset: UInt64 = 0) {
        self.content = content
        self.offset = offset
        self.file = file
        wantedTime = modificationTime
        time = modificationTime
    }

    /// The next entry; nil when both blocks of zeros were there.
    func nextEntry() async throws(ArchiveError) -> TarEntry? {
        let start = offset
        let first = try await block()
        if first.isZero {
            guard try await block().isZero else {
                throw error(Defect(.badEndMarker, "a single block of zeros stands before more headers"), at: start)
            }
            return nil
        }
        let entry: TarEntry
        do {
            entry = try await readHeader(first, start: start)
        } catch {
            throw place(error, start)
        }
        current = entry
        return entry
    }

    /// Content of the current entry, at least one byte.
    func content(upTo limit: UInt64) async throws(ArchiveError) -> ArraySlice<UInt8> {
        try await fill()
        return take(Int(min(limit, UInt64(piece.count))))
    }

    /// Skips what is left of the current entry, checks its padding.
    func finishEntry(remaining: UInt64) async throws(ArchiveError) {
        guard let entry = current else { return }
        var remaining = remaining
        while remaining > 0 { remaining -= UInt64(try await content(upTo: remaining).count) }
        var padding = StrictTar.padding(size: entry.size)
        while padding > 0 {
            let zeros = try await content(upTo: UInt64(padding))
            guard zeros.isZero else {
                throw error(Defect(.nonZeroPadding, "the padding behind the content is not zero"), at: offset)
            }
            padding -= zeros.count
        }
        entries += 1
        lastComplete = entry.path
        current = nil
    }

    /// Checks that nothing follows the end marker but what the container has there.
    func finish() async throws(ArchiveError) -> ArchiveSummary {
        let length = offset
        if piece.isEmpty, let more = try await nextPiece() { piece = more }
        guard piece.isEmpty else {
            throw error(content.defect(ofRest: piece, tarLength: length), at: length)
        }
        guard let locator = content.locator, locator.tarLength == length else {
            throw error(Defect(.badLocator, "the locator does not say \(length) bytes of tar"), at: length)
        }
        return ArchiveSummary(
            entries: entries, tarLength: length, modificationTime: entries == 0 ? nil : time, locator: locator)
    }

    func tooLarge(_ size: UInt64, limit: Int) -> ArchiveError {
        error(Defect(.outOfRange, "\(size) bytes are more than the \(limit) expected here"), at: offset)
    }

    // MARK: Headers

    /// A defect with the path it concerns, as far as that is known.
    private struct Misfit: Error {
        var defect: Defect
        var path: String?
    }

    private func readHeader(_ first: ArraySlice<UInt8>, start: UInt64) async throws -> TarEntry {
        var found = Array(first)
        var block = try HeaderBlock(first)
        var records: ExtendedRecords?
        if block.type == HeaderBlock.extended {
            guard block.size > 0, block.size <= ExtendedRecords.maximumBytes else {
                throw Defect(.badPax, "the extended header has \(block.size) bytes of records")
            }
            let size = Int(block.size)
            while found.count < StrictTar.blockBytes + size { found += try await self.block() }
            records = try ExtendedRecords(found[StrictTar.blockBytes..<(StrictTar.blockBytes + size)])
            let second = try await self.block()
            found += second
            block = try HeaderBlock(second)
            guard block.type == HeaderBlock.file else {
                throw Defect(.badPax, "an extended header is followed by another")
            }
        }
        let path = records?.path ?? Array(block.name)
        let size = records?.size ?? block.size
        do {
            try check(path: path, size: size, time: block.time, found: found, isExtended: records != nil)
        } catch {
            throw Misfit(defect: error, path: ArchiveError.printable(path))
        }
        return TarEntry(
            path: String(decoding: path, as: UTF8.self), size: size, modificationTime: block.time, offset: start,
            contentOffset: offset)
    }

    private func check(path: [UInt8], size: UInt64, time: UInt64, found: [UInt8], isExtended: Bool) throws(Defect) {
        if let problem = EntryPath.problem(of: path) { throw Defect(.badPath, problem) }
        guard size <= StrictTar.maximumEntryBytes else {
            throw Defect(.badSize, "\(size) bytes are more than an entry may have")
        }
        if let expected = self.time, expected != time {
            throw Defect(.badTime, "the modification time is \(time), that of this archive is \(expected)")
        }
        self.time = time
        let expected = StrictTar.headerBlocks(path: path, size: size, time: time)
        if found != expected { throw Self.difference(of: found, from: expected, isExtended: isExtended) }
        try paths.insert(path)
    }

    /// Says in what way a header is not the one that its values make.
    private static func difference(of found: [UInt8], from expected: [UInt8], isExtended: Bool) -> Defect {
        if isExtended, expected.count == StrictTar.blockBytes {
            return Defect(.paxForbidden, "an extended header stands where none is needed")
        }
        if !isExtended, expected.count > StrictTar.blockBytes {
            return Defect(.paxRequired, "the path or size needs an extended header")
        }
        let last = found.count - StrictTar.blockBytes
        if isExtended {
            // Name, type and time of the extended header are looked at below; its size belongs to the records.
            guard found.count == expected.count, found[124..<136] == expected[124..<136],
                found[StrictTar.blockBytes..<last] == expected[StrictTar.blockBytes..<last]
            else { return Defect(.badPax, "the records of the extended header have not the one form for their values") }
        }
        // The checksums differ whenever another field does.
        let differing = found.indices.first {
            found[$0] != expected[$0] && !(148..<156).contains($0 % StrictTar.blockBytes)
        }
        let field = HeaderBlock.fieldName(at: (differing ?? 148) % StrictTar.blockBytes)
        if field == "prefix" {
            return Defect(.paxRequired, "part of the path is in the prefix field, not in an extended header")
        }
        return Defect(.badHeader, "the field \(field) of the header is not what path, size and time make it")
    }

    private func place(_ error: any Error, _ start: UInt64) -> ArchiveError {
        switch error {
        case let misfit as Misfit: self.error(misfit.defect, at: start, path: misfit.path)
        case let defect as Defect: self.error(defect, at: start)
        case let error as ArchiveError: error
        default: self.error(Defect(.readFailed, "\(error)"), at: start)
        }
    }

    // MARK: Bytes

    /// The next 512 bytes.
    private func block() async throws(ArchiveError) -> ArraySlice<UInt8> {
        try await fill()
        if piece.count >= StrictTar.blockBytes { return take(StrictTar.blockBytes) }
        var joined = Array(take(piece.count))
        while joined.count < StrictTar.blockBytes {
            try await fill()
            joined += take(min(StrictTar.blockBytes - joined.count, piece.count))
        }
        return joined[...]
    }

    private func take(_ count: Int) -> ArraySlice<UInt8> {
        let taken = piece.prefix(count)
        piece = piece.dropFirst(count)
        offset += UInt64(count)
        return taken
    }

    /// Makes `piece` hold at least a byte.
    private func fill() async throws(ArchiveError) {
        guard piece.isEmpty else { return }
        guard let next = try await nextPiece() else {
            throw error(Defect(.truncated, "the tar stream ends here, without its end marker"), at: offset)
        }
        piece = next
    }

    private func nextPiece() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        // Let go of the old piece first, so that no more memory is held than is needed.
        piece = []
        do {
            return try await content.next()
        } catch {
            throw annotated(error)
        }
    }

    private func error(_ defect: Defect, at offset: UInt64, path: String? = nil) -> ArchiveError {
        annotated(
            ArchiveError(
                defect.code, doing: "reading", subject: file, tarOffset: offset, entry: path, reason: defect.reason))
    }

    private func annotated(_ error: ArchiveError) -> ArchiveError {
        var error = error
        error.entry = error.entry ?? current?.path
        error.lastCompleteEntry = lastComplete
        return error
    }
}
