internal import Archive
internal import Bundle

/// A foreign capture in a tar or zip archive. It is read from the front each time; nothing is unpacked to disk.
struct ArchiveSource: ForeignSource {
    let archive: ForeignArchive

    init(path: String) {
        archive = ForeignArchive(path: path)
    }

    @concurrent
    func list() async throws -> CaptureListing {
        var listing = CaptureListing()
        do {
            try archive.pass { entry, _ in
                try Task.checkCancellation()
                _ = try listing.add(entry)
            }
        } catch let full as CaptureListing.Full {
            listing.cut(full.reason)
        } catch let error as ArchiveError {
            guard !listing.files.isEmpty, error.code != .readFailed else { throw BundleError(reading: error) }
            listing.cut(Self.words(error))
        }
        return listing
    }

    @concurrent
    func read(_ listing: CaptureListing, _ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws
    {
        try pass(listing) { file, content in
            guard let taker = try visitor(file) else { return }
            let problem: String?
            do {
                problem = try content.pieces { piece in
                    try Task.checkCancellation()
                    try taker.take(piece)
                }
            } catch is EnoughOfFile {
                return
            }
            try taker.end(problem)
        }
    }

    func content(
        of file: CapturedFile, in listing: CaptureListing, _ body: (ArraySlice<UInt8>) throws -> Void
    ) async throws -> String? {
        var problem: String?
        try pass(listing) { found, content in
            guard found.ordinal == file.ordinal else { return }
            problem = try content.pieces { piece in
                try Task.checkCancellation()
                try body(piece)
            }
            throw Finished()
        }
        return problem
    }

    /// Goes to each listed file, until `body` throws `Finished`.
    private func pass(_ listing: CaptureListing, _ body: (CapturedFile, ForeignContent) throws -> Void) throws {
        var next = 0
        var position = 0
        do {
            try archive.pass { entry, content in
                try Task.checkCancellation()
                defer { position += 1 }
                guard next < listing.files.count, position == listing.positions[next] else { return }
                let file = listing.files[next]
                guard ForeignPath.judge(entry.path) == .taken(file.path), entry.size == file.size else {
                    throw BundleError(
                        code: .readFailed, doing: "reading a capture", subject: archive.path,
                        reason: "the file changed while it was read", advice: "try again with a copy of it")
                }
                next += 1
                try body(file, content)
                // What comes behind is not listed, and may be endless.
                if next == listing.files.count { throw Finished() }
            }
        } catch is Finished {
            return
        } catch let error as ArchiveError {
            // What was lost is known already if the list ends here.
            guard next == listing.files.count, listing.end != nil else { throw BundleError(reading: error) }
        }
    }

    private static func words(_ error: ArchiveError) -> String {
        guard let last = error.lastCompleteEntry else { return error.reason }
        return "behind \(last): \(error.reason)"
    }

    private struct Finished: Error {}
}

extension BundleError {
    /// Somebody else's archive could not be read.
    init(reading error: ArchiveError) {
        let code: Code =
            switch error.code {
            case .notAnArchive: .notABundle
            case .readFailed: .readFailed
            case .truncated: .truncated
            case .frameTooLarge, .tooManyFrames: .tooLarge
            default: .damaged
            }
        self.init(code: code, doing: error.doing, subject: error.subject, reason: error.reason, advice: error.advice)
    }
}
