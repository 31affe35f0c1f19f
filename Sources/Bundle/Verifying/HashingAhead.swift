internal import Archive
internal import BundleFormat
internal import Synchronization

/// Hashes files beside the pass that reads them, on other cores.
///
/// Content is gathered into batches of about 1 MiB: many small files, or a stretch of a large one, whose next stretch
/// waits for it. Batches are awaited in their order and few are under way. A piece is a slice of a buffer that may be
/// much larger, so only large ones are kept as they are: a batch holds at most 3 buffers, of at most 8 MiB each, and a
/// copy of the small ones.
struct HashingAhead: ~Copyable {
    /// What came of a file; `row` is the caller's name for it.
    struct Found: Sendable {
        var row: Int
        var result: FileHasher.Result
    }

    /// One file's share of a batch.
    private struct Part: Sendable {
        var row: Int
        var path: EntryPath
        /// When its segments are wanted; its digest, when not.
        var salts: SaltTree?
        /// Whether the file begins, and ends, in this batch.
        var begins: Bool
        var ends = false
        var pieces: [Piece] = []
    }

    private enum Piece: Sendable {
        case kept(ArraySlice<UInt8>)
        /// Where it is in the batch's copies.
        case copied(Range<Int>)
    }

    /// The hasher of a file that goes on in the next batch.
    private final class Handover: Sendable {
        let hasher: Mutex<FileHasher?>

        init(_ hasher: consuming FileHasher) {
            self.hasher = Mutex(hasher)
        }
    }

    private struct Outcome: Sendable {
        var found: [Found] = []
        var open: Handover?
    }

    private static let batchBytes = 1 << 20
    private static let batchParts = 4_096
    /// Smaller pieces are copied.
    private static let keptBytes = 512 << 10

    private let width: Int
    private var parts: [Part] = []
    private var copies: [UInt8] = []
    private var bytes = 0
    private var batches: [Task<Outcome, Never>] = []

    init(workers: Int = ContainerOptions.usableCores) {
        width = workers + 1
    }

    /// A file begins; the one before it has ended, or is not wanted any more.
    ///
    /// - Parameter salts: when its segments are wanted; its digest is, when nil.
    mutating func begin(_ path: EntryPath, row: Int, salts: SaltTree?) {
        parts.append(Part(row: row, path: path, salts: salts, begins: true))
    }

    /// Content of the file that began last. What has meanwhile come of others goes to `take`, in the order they began.
    mutating func add(_ piece: ArraySlice<UInt8>, _ take: (Found) -> Void) async {
        guard !parts.isEmpty else { return }
        keep(piece, part: parts.count - 1)
        bytes += piece.count
        guard bytes >= Self.batchBytes, let last = parts.last else { return }
        await start(take)
        parts = [Part(row: last.row, path: last.path, salts: last.salts, begins: false)]
    }

    private mutating func keep(_ piece: ArraySlice<UInt8>, part: Int) {
        guard piece.count < Self.keptBytes else { return parts[part].pieces.append(.kept(piece)) }
        var range = copies.count..<(copies.count + piece.count)
        copies += piece
        if case .copied(let before)? = parts[part].pieces.last, before.upperBound == range.lowerBound {
            range = before.lowerBound..<range.upperBound
            parts[part].pieces.removeLast()
        }
        parts[part].pieces.append(.copied(range))
    }

    /// The file that began last is complete.
    mutating func end(_ take: (Found) -> Void) async {
        guard !parts.isEmpty else { return }
        parts[parts.count - 1].ends = true
        if parts.count >= Self.batchParts { await start(take) }
    }

    /// Waits for all files. One that has not ended is forgotten.
    mutating func finish(_ take: (Found) -> Void) async {
        if !parts.isEmpty { await start(take) }
        while !batches.isEmpty { await takeOldest(take) }
    }

    private mutating func start(_ take: (Found) -> Void) async {
        let work = parts, copies = copies
        parts = []
        self.copies = []
        bytes = 0
        while batches.count >= width { await takeOldest(take) }
        let before = work.first?.begins == false ? batches.last : nil
        batches.append(
            Task.detached {
                let open = await before?.value.open
                return Self.hash(work, copies, goingOn: open)
            })
    }

    private mutating func takeOldest(_ take: (Found) -> Void) async {
        for found in await batches.removeFirst().value.found { take(found) }
    }

    private static func hash(_ work: [Part], _ copies: [UInt8], goingOn open: Handover?) -> Outcome {
        var outcome = Outcome()
        for part in work {
            var hasher: FileHasher? = nil
            if part.begins {
                hasher = FileHasher(part.path, digest: part.salts == nil, salts: part.salts)
            } else {
                hasher = open?.hasher.withLock { $0.take() }
            }
            guard var hasher else { continue }
            for piece in part.pieces {
                switch piece {
                case .kept(let bytes): hasher.update(bytes)
                case .copied(let range): hasher.update(copies[range])
                }
            }
            if part.ends {
                outcome.found.append(Found(row: part.row, result: hasher.finish()))
            } else {
                outcome.open = Handover(hasher)
            }
        }
        return outcome
    }
}
