internal import Synchronization

/// Takes the wanted pieces of one file.
protocol LogTaker: AnyObject {
    func take(_ cut: LogCutter.Cut) throws
    /// There are no more.
    func end(_ cutter: LogCutter) throws
    /// Nothing more is taken, though the file is to be read to its end.
    var isSated: Bool { get }
    /// Nothing more is taken, and the file need not be read to its end.
    var wantsNoMore: Bool { get }
}

extension LogTaker {
    var isSated: Bool { false }
    var wantsNoMore: Bool { false }
}

/// Reads a file that is a log, and gives what is wanted of it to a taker.
final class LogVisitor: FileVisitor {
    private let state: Mutex<(cutter: LogCutter, taker: any LogTaker)>
    private let ended: @Sendable (_ problem: String?, _ untimed: Int) -> Void

    /// - Parameter ended: called at the end of the file, where it is read to there.
    init(
        _ cutter: LogCutter, _ taker: sending any LogTaker,
        ended: @escaping @Sendable (_ problem: String?, _ untimed: Int) -> Void
    ) {
        self.ended = ended
        state = Mutex((cutter, taker))
    }

    func take(_ piece: ArraySlice<UInt8>) throws {
        try state.withLock { state in
            guard !state.taker.isSated else { return }
            let taker = state.taker
            try state.cutter.push(piece) { try taker.take($0) }
            if state.cutter.isOver || state.taker.wantsNoMore { throw EnoughOfFile() }
        }
    }

    func end(_ problem: String?) throws {
        let untimed = try state.withLock { state in
            let taker = state.taker
            if !taker.isSated { try state.cutter.finish { try taker.take($0) } }
            try taker.end(state.cutter)
            return state.cutter.untimed
        }
        ended(problem, untimed)
    }
}

/// Hands pieces on as they come.
final class DirectTaker: LogTaker {
    private let body: @Sendable (LogPiece) throws -> Void

    init(_ body: @escaping @Sendable (LogPiece) throws -> Void) {
        self.body = body
    }

    func take(_ cut: LogCutter.Cut) throws { try body(cut.piece) }

    func end(_ cutter: LogCutter) {}
}

/// Counts wanted lines.
final class LineCounts: Sendable {
    private let counts: Mutex<[Int]>

    init(_ tracks: Int) {
        counts = Mutex(Array(repeating: 0, count: tracks))
    }

    var lines: [Int] { counts.withLock { $0 } }

    func add(_ lines: [Int: Int]) {
        counts.withLock { counts in
            for (track, count) in lines { counts[track] += count }
        }
    }
}

final class CountTaker: LogTaker {
    private let counts: LineCounts

    init(_ counts: LineCounts) {
        self.counts = counts
    }

    func take(_ cut: LogCutter.Cut) {}

    func end(_ cutter: LogCutter) { counts.add(cutter.keptLines) }
}

/// Gathers pieces, and gives them to a window.
final class WindowTaker: LogTaker {
    private let window: LogWindow
    /// Of each track, how many pieces an earlier reading handed out.
    private let done: [Int]
    /// Whether files are read to their ends: once, so that their hashes are compared.
    private let readsOn: Bool
    private var numbers: [Int: Int] = [:]
    private var chunk: LogWindow.Chunk?
    /// Of the present track.
    private var track = -1
    private var number = 0
    /// Tracks of which what follows is behind the window's end.
    private var sated: Set<Int> = []
    /// Whether the file has one track, and not several one after the other.
    private let isOfOne: Bool

    private static let chunkBytes = 64 << 10

    init(_ window: LogWindow, _ done: [Int], isOfOne: Bool, readsOn: Bool) {
        self.window = window
        self.done = done
        self.isOfOne = isOfOne
        self.readsOn = readsOn
    }

    var isSated: Bool { isOfOne && !sated.isEmpty }
    var wantsNoMore: Bool { isSated && !readsOn }

    func take(_ cut: LogCutter.Cut) {
        if cut.piece.track != track { turn(to: cut.piece.track) }
        number += 1
        guard number > done[track], sated.isEmpty || !sated.contains(track) else { return }
        if chunk == nil { chunk = LogWindow.Chunk(track: track, number: number - 1) }
        chunk?.append(cut)
        if chunk?.cost ?? 0 >= Self.chunkBytes { flush() }
    }

    func end(_ cutter: LogCutter) { flush() }

    private func turn(to next: Int) {
        flush()
        if track >= 0 { numbers[track] = number }
        track = next
        number = numbers[next] ?? 0
    }

    private func flush() {
        guard var chunk else { return }
        self.chunk = nil
        chunk.trim()
        if !window.take(chunk) { sated.insert(chunk.track) }
    }
}
