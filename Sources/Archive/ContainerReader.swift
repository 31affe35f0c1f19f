/// Reads a container: all of it in one strict pass, or parts of it through the seek table.
///
/// Everything in the file is taken as hostile. Memory is bounded by the frames in flight and 16 bytes a path.
public final class ContainerReader: Sendable {
    /// What the first bytes say the container is.
    public let container: Container
    /// The locator as found at the end of the file: well-formed, but not trusted. Nil when there is none.
    public let locator: Locator?
    /// Why there is no locator, and so no random access. A pass through the file is still possible.
    public let tailProblem: ArchiveError?
    /// Size of the container file in bytes.
    public var fileSize: UInt64 { source.size }

    private let source: any ContainerSource
    private let workers: Int
    private let tail: ContainerTail?
    private let randomAccess: (any RandomAccess)?

    /// Opens a file.
    ///
    /// - Throws: `readFailed`, or `notAnArchive` when its first bytes are those of no container.
    public convenience init(path: String, workers: Int = ContainerOptions.usableCores) throws(ArchiveError) {
        try self.init(source: try FileSource(path: path), workers: workers)
    }

    /// Opens what is not a plain file, such as one that is decrypted as it is read.
    public init(source: any ContainerSource, workers: Int = ContainerOptions.usableCores) throws(ArchiveError) {
        let prefix = try source.bytes(at: 0, count: Container.prefixBytes)
        var detected = Container.detecting(prefix: prefix)
        // A .tar whose first header is damaged still ends like one.
        if detected == nil, (try? ContainerTail(of: source, container: .tar)) != nil { detected = .tar }
        guard let container = detected else { throw Self.foreign(prefix, source.name) }
        self.source = source
        self.workers = max(workers, 1)
        self.container = container
        var found: ContainerTail?, problem: ArchiveError?
        do {
            found = try ContainerTail(of: source, container: container)
        } catch {
            if error.code == .readFailed { throw error }
            problem = error
        }
        tail = found
        locator = found?.locator
        tailProblem = problem
        randomAccess = found.map { tail in
            switch container {
            case .tar: PlainAccess(source)
            case .tarZstd: SeekableContent(source, tail: tail, readers: workers)
            case .tarGz: SeekableMembers(source, tail: tail)
            }
        }
    }

    /// As ``FileSource/settled(for:)``; nil for what is no plain file, and for a `.tar`: without checksums, nothing in it would notice
    /// a failing disk, which gives the file no other identity.
    public func settled(for nanoseconds: Int64 = FileFingerprint.settling) -> FileFingerprint? {
        container == .tar ? nil : (source as? FileSource)?.settled(for: nanoseconds)
    }

    /// Whether the open file is this one, and was not changed since.
    public func isStill(_ file: FileFingerprint) -> Bool { (source as? FileSource)?.identity == file }

    /// Passes through the whole archive, entry by entry, and checks everything that the profile says: every header and
    /// padding byte, names and their uniqueness, the end marker, every frame or member, the locator's form and length,
    /// the seek table, and that nothing follows.
    ///
    /// What was handed out before a failure is whole as far as entries were complete; whether it is *true* is for the
    /// caller to find out from digests.
    ///
    /// - Parameters:
    ///   - modificationTime: the time that headers must have, in Unix seconds; nil takes that of the first.
    ///   - body: is given each entry in order; may read all, part or nothing of its content.
    /// - Throws: `ArchiveError`, or what `body` throws.
    @discardableResult
    public func entries(
        modificationTime: UInt64? = nil, _ body: (TarEntry, inout EntryBody) async throws -> Void
    ) async throws -> ArchiveSummary {
        let content: any ContentStream =
            switch container {
            case .tar: PlainContent(source, tail: tail)
            case .tarZstd:
                CompressedContent<FrameScanner, Decompressor>(
                    FrameScanner(source), file: source.name, workers: workers)
            case .tarGz:
                CompressedContent<MemberScanner, MemberDecompressor>(
                    MemberScanner(source, tail: tail, problem: tailProblem), file: source.name, workers: workers)
            }
        let stream = TarStream(content, file: source.name, modificationTime: modificationTime)
        try await pass(through: stream, body)
        return try await stream.finish()
    }

    /// Passes through the entries from the one whose header begins at `tarOffset` to the end marker, without reading what
    /// stands before. Each is checked as by ``entries(modificationTime:_:)``; the tail is not.
    ///
    /// - Throws: `ArchiveError`, or what `body` throws.
    public func entries(
        from tarOffset: UInt64, modificationTime: UInt64? = nil,
        _ body: (TarEntry, inout EntryBody) async throws -> Void
    ) async throws {
        let length = try randomAccessLength()
        guard let randomAccess, tarOffset < length else {
            throw ArchiveError(
                .outOfRange, doing: "reading", subject: source.name, tarOffset: tarOffset,
                reason: "that is not inside the \(length) bytes of the tar stream",
                advice: "Verify the whole file; its index may be wrong.")
        }
        let content = ContentRange(randomAccess, from: tarOffset, to: length)
        let stream = TarStream(
            content, file: source.name, modificationTime: modificationTime, offset: tarOffset)
        try await pass(through: stream, body)
    }

    private func pass(
        through stream: TarStream, _ body: (TarEntry, inout EntryBody) async throws -> Void
    ) async throws {
        while let entry = try await stream.nextEntry() {
            var entryBody = EntryBody(stream, size: entry.size)
            try await body(entry, &entryBody)
            try await stream.finishEntry(remaining: entryBody.remaining)
        }
    }

    /// Compares the locator with the one that the archive should have. `entries` has checked the rest of the tail.
    ///
    /// - Throws: `badLocator`, or why there is none.
    public func verifyTail(locator expected: Locator) throws(ArchiveError) {
        if let tailProblem { throw tailProblem }
        guard locator == expected else {
            throw ArchiveError(
                .badLocator, doing: "reading", subject: source.name, fileOffset: tail?.locatorOffset,
                reason: "the locator does not say where the index is")
        }
    }

    /// Hands out `count` bytes of the tar stream from `tarOffset`, in pieces of at most 8 MiB, without reading the
    /// rest.
    ///
    /// A wrong seek table makes it fail. It does not check headers and names: the caller compares the header there
    /// with `StrictTar.header`, and the content with its digest.
    ///
    /// - Throws: `outOfRange` when the range is not inside the tar stream; `badSeekTable`, `badFrame` and their like;
    ///   what `body` throws.
    public func read(
        tarOffset: UInt64, count: UInt64, _ body: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var offset = tarOffset
        let end = try end(of: tarOffset, count)
        while offset < end {
            let piece = try piece(from: offset, to: end)
            try body(piece)
            offset += UInt64(piece.count)
        }
    }

    /// The first of the pieces that ``read(tarOffset:count:_:)`` hands out; empty when `count` is 0.
    public func firstPiece(tarOffset: UInt64, count: UInt64) throws -> ArraySlice<UInt8> {
        let end = try end(of: tarOffset, count)
        return count == 0 ? [] : try piece(from: tarOffset, to: end)
    }

    private func piece(from offset: UInt64, to end: UInt64) throws(ArchiveError) -> ArraySlice<UInt8> {
        guard let piece = try randomAccess?.content(from: offset, count: end - offset), !piece.isEmpty else {
            throw ArchiveError(
                .readFailed, doing: "reading", subject: source.name, tarOffset: offset,
                reason: "the file became shorter while it was read")
        }
        return piece
    }

    /// Where `count` bytes from `tarOffset` end.
    private func end(of tarOffset: UInt64, _ count: UInt64) throws(ArchiveError) -> UInt64 {
        let length = try randomAccessLength()
        let (end, overflow) = tarOffset.addingReportingOverflow(count)
        guard !overflow, end <= length else {
            throw ArchiveError(
                .outOfRange, doing: "reading", subject: source.name, tarOffset: tarOffset,
                reason: "\(count) bytes from there are not inside the \(length) bytes of the tar stream",
                advice: "Verify the whole file; its index may be wrong.")
        }
        return end
    }

    /// `count` bytes of the tar stream from `tarOffset`. The caller bounds `count`: all of it is held in memory.
    public func read(tarOffset: UInt64, count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read(tarOffset: tarOffset, count: UInt64(max(count, 0))) { bytes += $0 }
        return bytes
    }

    private func randomAccessLength() throws(ArchiveError) -> UInt64 {
        if let tailProblem { throw tailProblem }
        guard let tail else { return 0 }
        return container == .tar ? tail.locatorOffset : tail.locator.tarLength
    }

    private static func foreign(_ prefix: [UInt8], _ name: String) -> ArchiveError {
        let reason =
            if prefix.isEmpty {
                "the file is empty"
            } else if prefix.starts(with: [0x1F, 0x8B]) {
                "it is a gzip file that is not BGZF"
            } else if prefix.starts(with: "age-encryption.org/".utf8) || prefix.starts(with: "-----BEGIN AGE".utf8) {
                "it is encrypted with age"
            } else {
                "it begins like none of .tar.zst, .tar.gz and .tar"
            }
        return ArchiveError(.notAnArchive, doing: "opening", subject: name, fileOffset: 0, reason: reason)
    }
}
