internal import Archive
public import Bundle
internal import BundleFormat
internal import Synchronization

/// A bundle of Exhibit as a ``Capture``: a file, encrypted or not, or a folder.
///
/// All cores read at once. Each takes the next stretch of the archive, about a frame of it, so that a frame is decompressed
/// once however many files are in it; a large file is a stretch of its own, and others go on beside it. What is read is
/// compared with the index, whose truth only the verifier can vouch for.
public struct BundleCapture: Capture {
    public let reader: BundleReader
    public var kind: CaptureKind { .exhibit }
    private let workers: Int

    public init(_ reader: BundleReader) {
        self.init(reader, workers: ContainerOptions.usableCores)
    }

    package init(_ reader: BundleReader, workers: Int) {
        self.reader = reader
        self.workers = max(workers, 1)
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
                            for wanted in stretch { try await visit(wanted) }
                        }
                    }
                }
                // The first that throws cancels the others.
                for try await _ in group {}
            }
        }
    }

    private func visit(_ wanted: Stretches.Wanted) async throws {
        try Task.checkCancellation()
        var thrown: (any Error)?
        var problem: String?
        do {
            try await reader.content(of: wanted.line) { piece in
                do {
                    try Task.checkCancellation()
                    try wanted.visitor.take(piece)
                } catch {
                    thrown = error
                    throw error
                }
            }
        } catch {
            if thrown is EnoughOfFile { return }
            if let thrown { throw thrown }
            problem = (error as? BundleError)?.reason ?? (error as? ArchiveError)?.reason ?? "\(error)"
        }
        try wanted.visitor.end(problem)
    }
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
            guard let visitor = try visitor(file) else { continue }
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
