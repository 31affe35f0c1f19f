import Synchronization

/// Cuts a container file into pieces that can be decompressed on their own, and checks its tail.
protocol PieceScanner: SendableMetatype {
    associatedtype Piece: Sendable
    /// The next piece with content; nil when the last was given and the tail is right to its last byte.
    mutating func next() throws(ArchiveError) -> Piece?
    /// The locator, once `next` gave nil.
    var locator: Locator? { get }
    /// What is wrong when content follows a tar stream of `tarLength` bytes.
    func defect(behind tarLength: UInt64) -> Defect
}

extension PieceScanner {
    func defect(behind tarLength: UInt64) -> Defect { .bytesBehindTheEnd }
}

/// Decompresses one piece after another, with a context that is reused.
protocol PieceDecoder: ~Copyable, SendableMetatype {
    associatedtype Piece: Sendable
    init() throws(ArchiveError)
    /// Bytes of content that a piece claims to have; the scanner has bounded them.
    static func contentBytes(of piece: Piece) -> Int
    /// Puts the content of a piece into `buffer`, which has just the room for it.
    mutating func decode(_ piece: Piece, into buffer: UnsafeMutableRawBufferPointer, file: String) -> DecodedPiece
}

/// What came of a piece: how many bytes of its content are good, and what is wrong with the rest.
struct DecodedPiece: Sendable {
    var count: Int
    var failure: ArchiveError?
}

/// The content of a compressed container, decompressed ahead on other cores.
///
/// Pieces are handed to tasks in order and awaited in order, a few at a time, so memory is bounded. A failure is kept
/// until everything before it was handed out.
final class CompressedContent<Scanner: PieceScanner, Decoder: PieceDecoder & ~Copyable>: ContentStream
where Decoder.Piece == Scanner.Piece {
    private typealias Outcome = (buffer: [UInt8], decoded: DecodedPiece)

    /// Job *n* uses slot *n* modulo the number of slots, and no more jobs are under way than there are slots, so a
    /// context is never waited for.
    private final class Slot: Sendable {
        private struct State: ~Copyable {
            var decoder: Decoder
            var buffer: [UInt8] = []
        }

        private let state: Mutex<State>

        init() throws(ArchiveError) {
            state = Mutex(State(decoder: try Decoder()))
        }

        /// Memory for the next piece, whose pages need not be touched for the first time.
        func give(_ buffer: [UInt8]) {
            state.withLock { $0.buffer = buffer }
        }

        func decode(_ piece: Scanner.Piece, file: String) -> Outcome {
            state.withLock { state in
                let count = Decoder.contentBytes(of: piece)
                var buffer: [UInt8] = []
                swap(&buffer, &state.buffer)
                // One far too large would be copied as a whole if somebody still looked at it.
                if !(count...(4 * count)).contains(buffer.count) {
                    buffer = [UInt8](unsafeUninitializedCapacity: count) { $1 = count }
                }
                let decoded = buffer.withUnsafeMutableBytes {
                    state.decoder.decode(
                        piece, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]), file: file)
                }
                return (buffer, decoded)
            }
        }
    }

    private let file: String
    private let width: Int
    private var scanner: Scanner
    private var hasScanned = false
    private var failure: ArchiveError?
    private var slots: [Slot] = []
    private var jobs: [Task<Outcome, Never>] = []
    private var started = 0
    /// Where the pieces are that were handed out last, oldest first; the reader may still look at them. Memory is used
    /// again when that many more were handed out: a reader that keeps one for longer makes it be copied.
    private var lent: [[UInt8]] = []
    private let mostLent = 3
    private var spares: [[UInt8]] = []

    init(_ scanner: Scanner, file: String, workers: Int) {
        self.file = file
        self.scanner = scanner
        width = workers + 1
    }

    deinit {
        for job in jobs { job.cancel() }
    }

    var locator: Locator? { scanner.locator }

    func next() async throws(ArchiveError) -> ArraySlice<UInt8>? {
        if lent.count == mostLent { spares.append(lent.removeFirst()) }
        startJobs()
        while !jobs.isEmpty {
            let (buffer, decoded) = await jobs.removeFirst().value
            if let found = decoded.failure {
                // What follows a damaged piece has no place in the stream.
                failure = found
                hasScanned = true
                for job in jobs { job.cancel() }
                jobs = []
            } else {
                startJobs()
            }
            if decoded.count > 0 {
                lent.append(buffer)
                return buffer[..<decoded.count]
            }
        }
        if let failure { throw failure }
        return nil
    }

    func defect(ofRest rest: ArraySlice<UInt8>, tarLength: UInt64) -> Defect {
        scanner.defect(behind: tarLength)
    }

    private func startJobs() {
        while !hasScanned, jobs.count < width {
            do {
                guard let piece = try scanner.next() else {
                    hasScanned = true
                    return
                }
                try start(piece)
            } catch {
                failure = error
                hasScanned = true
            }
        }
    }

    private func start(_ piece: Scanner.Piece) throws(ArchiveError) {
        let index = started % width
        if index == slots.count { slots.append(try Slot()) }
        started += 1
        let slot = slots[index], file = file
        if let spare = spares.popLast() { slot.give(spare) }
        jobs.append(Task.detached { slot.decode(piece, file: file) })
    }
}
