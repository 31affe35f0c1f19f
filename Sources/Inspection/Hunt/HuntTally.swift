internal import Synchronization

/// Gathers what is found, from any thread. What is kept is bounded, all is counted.
final class HuntTally: Sendable {
    /// Where a hit stands among those of its rank: by the order of the capture, so that it does not matter who was first.
    struct Position: Comparable, Sendable {
        let file: Int
        let offset: UInt64

        static func < (left: Position, right: Position) -> Bool {
            (left.file, left.offset) < (right.file, right.offset)
        }
    }

    struct Kept: Sendable {
        var hit: HuntHit
        let position: Position

        static func < (left: Kept, right: Kept) -> Bool {
            left.hit.rank == right.hit.rank ? left.position < right.position : left.hit.rank < right.hit.rank
        }
    }

    /// A line that a table was made of, in which an indicator was found already.
    struct Line: Hashable, Sendable {
        let indicator: Int
        let line: Int
    }

    struct State {
        var counts: [Int: Int] = [:]
        var kept: [Int: [Kept]] = [:]
        var keptCount = 0
        var left = 0
        /// By entry.
        var lines: [String: Set<Line>] = [:]
        var lineCount = 0
        var files = 0
        var bytes: UInt64 = 0
        var compressed = 0
    }

    /// Of all indicators together.
    private static let mostKept = 100_000
    private static let mostLines = 1_000_000

    private let most: Int
    private let state = Mutex(State())

    init(most: Int) {
        self.most = most
    }

    /// Counts a hit, and keeps it if it is among the most telling.
    func add(_ indicator: Int, _ hit: HuntHit, _ position: Position) {
        state.withLock { state in
            state.counts[indicator, default: 0] += 1
            keep(indicator, Kept(hit: hit, position: position), &state)
            guard let entry = hit.entry, let line = hit.line, state.lineCount < Self.mostLines else { return }
            if state.lines[entry, default: []].insert(Line(indicator: indicator, line: line)).inserted {
                state.lineCount += 1
            }
        }
    }

    /// Takes what a file had.
    func add(counts: [Int: Int], kept: [(indicator: Int, hit: Kept)], files: Int, bytes: UInt64) {
        state.withLock { state in
            state.files += files
            state.bytes += bytes
            for (indicator, count) in counts { state.counts[indicator, default: 0] += count }
            for (indicator, hit) in kept { keep(indicator, hit, &state) }
        }
    }

    func addCompressed() {
        state.withLock { $0.compressed += 1 }
    }

    /// Lines of an entry whose facts were found in tables.
    func lines(of entry: String) -> Set<Line> {
        state.withLock { $0.lines[entry] ?? [] }
    }

    var result: State { state.withLock { $0 } }

    private func keep(_ indicator: Int, _ new: Kept, _ state: inout State) {
        var kept = state.kept[indicator] ?? []
        if kept.count >= most {
            guard let last = kept.last, new < last else { return }
            kept.removeLast()
            state.keptCount -= 1
        }
        guard state.keptCount < Self.mostKept else {
            state.left += 1
            return
        }
        let index = kept.firstIndex { new < $0 } ?? kept.endIndex
        kept.insert(new, at: index)
        state.kept[indicator] = kept
        state.keptCount += 1
    }
}
