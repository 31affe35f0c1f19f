internal import Archive
public import BundleFormat

/// The index of a bundle as lines that are asked for, one after the other: ``BundleReader/entries(_:)`` for readers that
/// share the work.
///
/// A piece of the index is held in memory, and the lines of a part of it.
public struct IndexCursor: ~Copyable, Sendable {
    private enum Place {
        /// The tar stream.
        case stream(ContainerReader)
        case file(OpenFile)
    }

    private final class OpenFile: Sendable {
        let file: FolderFile

        init(_ file: consuming FolderFile) {
            self.file = file
        }
    }

    private static let portion = 64 << 10

    private let place: Place
    /// What was not read yet, of the tar stream or the file.
    private var rest: Range<UInt64>
    private var splitter = LineSplitter(limit: FormatLimits.indexLine)
    private var piece: ArraySlice<UInt8> = []
    /// Those of the last portion, the next one last.
    private var lines: [IndexLine] = []
    private var isFinished = false

    /// - Throws: ``BundleError``; also for a file whose tail is damaged, which has no place that is known for its index.
    init(_ reader: BundleReader) throws {
        switch reader.source {
        case .folder(let folder):
            let file = try folder.file(BundleLayout.index.components)
            rest = 0..<file.size
            place = .file(OpenFile(file))
        case .file(let container, _):
            guard let locator = container.locator else {
                throw container.tailProblem.map { BundleError($0) }
                    ?? BundleError(
                        code: .damaged, doing: "reading the index", subject: reader.path, reason: "its tail is damaged")
            }
            let header = try reader.readHeader(
                container, BundleLayout.index, size: locator.indexSize, at: locator.indexOffset)
            let start = locator.indexOffset + header
            let (end, overflow) = start.addingReportingOverflow(locator.indexSize)
            guard !overflow else {
                throw BundleError(
                    code: .damaged, doing: "reading the index", subject: reader.path,
                    reason: "the locator says that it has \(locator.indexSize) bytes")
            }
            place = .stream(container)
            rest = start..<end
        }
    }

    /// The next line in archive order; nil behind the last.
    public mutating func next() throws -> IndexLine? {
        do {
            while lines.isEmpty, !isFinished { try fill() }
        } catch {
            throw BundleError(wrapping: error, doing: "reading the index", subject: BundleLayout.index.rawValue)
        }
        return lines.popLast()
    }

    private mutating func fill() throws {
        if piece.isEmpty { piece = try read() }
        if piece.isEmpty {
            isFinished = true
            return try splitter.finish()
        }
        let portion = piece.prefix(Self.portion)
        piece = piece.dropFirst(Self.portion)
        var found: [IndexLine] = []
        try splitter.push(portion) { found.append(try IndexLine(decoding: $0)) }
        lines = found.reversed()
    }

    /// The next piece; empty at the end.
    private mutating func read() throws -> ArraySlice<UInt8> {
        guard !rest.isEmpty else { return [] }
        var read: ArraySlice<UInt8>
        switch place {
        case .stream(let container):
            read = try container.firstPiece(tarOffset: rest.lowerBound, count: UInt64(rest.count))
        case .file(let open):
            var failure: (any Error)?
            read =
                [UInt8](unsafeUninitializedCapacity: min(rest.count, 1 << 20)) { buffer, count in
                    let room = UnsafeMutableRawBufferPointer(buffer)
                    do {
                        count = try open.file.read(at: rest.lowerBound, into: room)
                    } catch {
                        failure = error
                    }
                }[...]
            if let failure { throw failure }
            guard !read.isEmpty else {
                throw BundleError(
                    code: .readFailed, doing: "reading the index", subject: open.file.name,
                    reason: "the file became shorter while it was read")
            }
        }
        rest = (rest.lowerBound + UInt64(read.count))..<rest.upperBound
        return read
    }
}

extension BundleReader {
    /// The index, from its first line.
    ///
    /// - Throws: ``BundleError``: `damaged`, `truncated` when the file's tail is damaged (``hasLocator``), `readFailed`.
    public func index() throws -> IndexCursor { try IndexCursor(self) }
}
