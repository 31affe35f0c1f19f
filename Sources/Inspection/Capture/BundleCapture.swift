internal import Archive
public import Bundle
package import BundleFormat
internal import Synchronization

/// A bundle of Exhibit as a ``Capture``: a file, encrypted or not, or a folder.
///
/// All cores read at once. Each takes the next stretch of the archive, about a frame of it, so that a frame is decompressed
/// once however many files are in it; a large file is a stretch of its own, and others go on beside it. What is read is
/// compared with the index, whose truth only the verifier can vouch for; what was captured is not where that was done before,
/// in this very file (``VerifiedFiles``).
public struct BundleCapture: Capture {
    public let reader: BundleReader
    public var kind: CaptureKind { .exhibit }
    /// What closes it, as it was when it was opened; nil when that was not looked at, or cannot be read.
    let closing: BundleClosing?
    private let hashes: Hashes
    private let workers: Int

    /// How it stands with the hashes of what was captured.
    private enum Hashes {
        /// They are compared whenever something is read.
        case compared
        /// So they are; a pass that has compared all of them keeps that it did.
        case kept(VerifiedFiles, FileFingerprint, SealID)
        /// They were compared in this file before.
        case known(FileFingerprint)
    }

    /// One whose hashes are compared, always.
    public init(_ reader: BundleReader) {
        self.init(reader, nil, .compared, workers: ContainerOptions.usableCores)
    }

    /// - Parameter verified: by which hashes that were compared before are not compared again; nil: they are.
    public init(_ reader: BundleReader, verified: VerifiedFiles?) async throws {
        var closing: BundleClosing?
        var hashes = Hashes.compared
        // First of all: what is read from here on counts for as long as the file is the same.
        if let verified, let file = reader.settled(for: verified.settling) {
            do { closing = try await reader.closing() } catch is BundleError {}
            if let closing, closing.unsealed.isEmpty, let seal = closing.sealID, reader.isStill(file) {
                hashes = verified.has(file, seal) ? .known(file) : .kept(verified, file, seal)
            }
        }
        self.init(reader, closing, hashes, workers: ContainerOptions.usableCores)
    }

    private init(_ reader: BundleReader, _ closing: BundleClosing?, _ hashes: Hashes, workers: Int) {
        self.reader = reader
        self.closing = closing
        self.hashes = hashes
        self.workers = workers
    }

    /// The same, read by one task: files come in the order of the archive.
    var inOrder: BundleCapture { BundleCapture(reader, closing, hashes, workers: 1) }

    /// As ``BundleReader/unsealedFiles()``, for whoever has read it: what was found when it was opened counts for as long as the file is
    /// the same.
    package func unsealedFiles() async throws -> [EntryPath] {
        switch hashes {
        case .kept(_, let file, _) where reader.isStill(file), .known(let file) where reader.isStill(file): []
        default: try await reader.unsealedFiles()
        }
    }

    public func role(of file: CapturedFile) -> FileRole { ExhibitLayout.role(file.path) }

    public func files(_ body: (CapturedFile) throws -> Void) async throws {
        var ordinal = 0
        try await reader.entries { line in
            try body(CapturedFile(line, ordinal))
            ordinal += 1
        }
    }

    /// - Throws: ``BundleError`` too: when the index cannot be read, or the tail is damaged that leads to it.
    public func read(_ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws {
        let stretches = Stretches(try reader.index())
        try await withoutActuallyEscaping(visitor) { visitor in
            try await withThrowingTaskGroup { group in
                for _ in 0..<workers {
                    group.addTask {
                        while let stretch = try stretches.next(visitor) {
                            for wanted in stretch { try await visit(wanted, of: stretches) }
                        }
                    }
                }
                // The first that throws cancels the others.
                for try await _ in group {}
            }
        }
        switch hashes {
        case .compared: break
        // The index is in it, too.
        case .known(let file): try reader.demand(file)
        case .kept(let verified, let file, let seal):
            if stretches.isWhole, reader.isStill(file) { verified.keep(file, seal) }
        }
    }

    /// Whether what was captured is known to be as it was; the run's own records are little, and always compared.
    private func known(_ line: IndexLine) -> FileFingerprint? {
        guard case .known(let file) = hashes, line.path.isPayload else { return nil }
        return file
    }

    private func visit(_ wanted: Stretches.Wanted, of stretches: Stretches) async throws {
        try Task.checkCancellation()
        var thrown: (any Error)?
        var problem: String?
        do {
            try await reader.content(of: wanted.line, knownIn: known(wanted.line)) { piece in
                do {
                    try Task.checkCancellation()
                    try wanted.visitor.take(piece)
                } catch {
                    thrown = error
                    throw error
                }
            }
        } catch {
            stretches.leaveOut(wanted.line)
            if thrown is EnoughOfFile { return }
            if let thrown { throw thrown }
            problem = (error as? BundleError)?.reason ?? (error as? ArchiveError)?.reason ?? "\(error)"
        }
        try wanted.visitor.end(problem)
    }
}

extension EntryPath {
    fileprivate var isPayload: Bool { rawValue.hasPrefix("data/") }
}

extension CapturedFile {
    fileprivate init(_ line: IndexLine, _ ordinal: Int) {
        self.init(path: line.path.rawValue, size: line.size, ordinal: ordinal)
    }
}

/// Hands out the work: neighbouring files that somebody wants to see.
private final class Stretches: Sendable {
    struct Wanted: Sendable {
        let line: IndexLine
        let visitor: any FileVisitor
    }

    private struct State: ~Copyable {
        var index: IndexCursor
        var ordinal = 0
        /// The first of the next stretch.
        var next: Wanted?
        /// Nobody gets more once somebody has failed.
        var isOver = false
        var isWhole = true

        init(_ index: consuming IndexCursor) {
            self.index = index
        }
    }

    /// What a writer puts into a frame: files that begin in the same are read by one task.
    private static let frameBytes: UInt64 = 4 << 20
    private static let mostFiles = 4_096

    private let state: Mutex<State>

    init(_ index: consuming IndexCursor) {
        state = Mutex(State(index))
    }

    /// Whether all that was captured was read, to its end and as it was captured; once that end is reached.
    var isWhole: Bool { state.withLock { $0.isWhole && !$0.isOver } }

    /// A file was not.
    func leaveOut(_ line: IndexLine) {
        guard line.path.isPayload else { return }
        state.withLock { $0.isWhole = false }
    }

    /// The next stretch, each of its files with its visitor; nil when there are no more.
    func next(_ visitor: (CapturedFile) throws -> (any FileVisitor)?) throws -> [Wanted]? {
        try state.withLock { state in
            guard !state.isOver else { return nil }
            do {
                return try Self.take(&state, visitor)
            } catch {
                state.isOver = true
                throw error
            }
        }
    }

    private static func take(
        _ state: inout State, _ visitor: (CapturedFile) throws -> (any FileVisitor)?
    ) throws -> [Wanted]? {
        var stretch: [Wanted] = []
        if let first = state.next.take() { stretch.append(first) }
        while stretch.count < mostFiles {
            try Task.checkCancellation()
            guard let line = try state.index.next() else { break }
            let file = CapturedFile(line, state.ordinal)
            state.ordinal += 1
            guard let visitor = try visitor(file) else {
                if line.path.isPayload { state.isWhole = false }
                continue
            }
            let wanted = Wanted(line: line, visitor: visitor)
            if let first = stretch.first, first.line.offset / frameBytes != line.offset / frameBytes {
                state.next = wanted
                break
            }
            stretch.append(wanted)
        }
        return stretch.isEmpty ? nil : stretch
    }
}
