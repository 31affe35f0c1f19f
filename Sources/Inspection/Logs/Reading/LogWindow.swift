internal import Synchronization

/// The earliest lines of many logs, as far as they fit into memory: what is put in order at once.
///
/// Of each log it has what is before a common point in time. When there is too much, the point moves forward in time and what is
/// behind it is dropped; another reading of the logs brings it. So memory is bounded however many logs there are, how ever long they
/// are and wherever their times lie, and nothing but the logs is read.
final class LogWindow: Sendable {
    /// Where a piece stands in the order of all: by time, then by log, then as in the log. A log's times never go back here: a
    /// line whose time is before the one of the line above it stands below that all the same.
    struct Position: Comparable {
        let time: Int64
        let track: Int
        /// Which of the wanted pieces of its log it is, from 0.
        let number: Int

        static func < (lhs: Position, rhs: Position) -> Bool {
            (lhs.time, lhs.track, lhs.number) < (rhs.time, rhs.track, rhs.number)
        }
    }

    /// Pieces of one log that follow each other.
    struct Chunk {
        struct Item {
            let time: Int64
            let line: Int
            let end: UInt32
            let isFirst: Bool
            let isLast: Bool
            let hasLineEnd: Bool
        }

        let track: Int
        /// Of its first piece.
        let number: Int
        var bytes: [UInt8] = []
        var items: [Item] = []

        var cost: Int { bytes.count + items.count * MemoryLayout<Item>.stride }

        init(track: Int, number: Int) {
            self.track = track
            self.number = number
        }

        mutating func append(_ cut: LogCutter.Cut) {
            bytes += cut.piece.bytes
            items.append(
                Item(
                    time: cut.time, line: cut.piece.line, end: UInt32(bytes.count), isFirst: cut.piece.isFirst,
                    isLast: cut.piece.isLast, hasLineEnd: cut.piece.hasLineEnd))
        }

        /// Gives back what they grew by in advance.
        mutating func trim() {
            bytes = Array(bytes[...])
            items = Array(items[...])
        }

        func position(_ index: Int) -> Position {
            Position(time: items[index].time, track: track, number: number + index)
        }

        func start(_ index: Int) -> Int { index == 0 ? 0 : Int(items[index - 1].end) }

        mutating func truncate(to count: Int) {
            bytes.removeLast(bytes.count - start(count))
            items.removeLast(items.count - count)
        }
    }

    private struct State {
        /// By log, in their order.
        var chunks: [[Chunk]]
        var cost = 0
        /// What is there is before it; nil: everything is there.
        var end: Position?
    }

    private let state: Mutex<State>
    /// In bytes.
    private let budget: Int

    init(tracks: Int, budget: Int) {
        self.budget = budget
        state = Mutex(State(chunks: Array(repeating: [], count: tracks)))
    }

    /// Takes the next pieces of a log; false when they are all behind the end, as what follows them is.
    func take(_ chunk: Chunk) -> Bool {
        state.withLock { state in
            var chunk = chunk
            if let end = state.end { Self.cut(&chunk, at: end) }
            guard !chunk.items.isEmpty else { return false }
            state.cost += chunk.cost
            state.chunks[chunk.track].append(chunk)
            if state.cost > budget { shrink(&state) }
            return true
        }
    }

    /// What there is, by log, and whether that is all.
    func close() -> (chunks: [[Chunk]], isAll: Bool) {
        state.withLock { state in
            defer { state.chunks = [] }
            return (state.chunks, state.end == nil)
        }
    }

    /// Drops the last quarter.
    private func shrink(_ state: inout State) {
        // Marks all along the logs, each for what lies between it and the next.
        let step = max(256, min(8 << 10, budget / 8 / max(state.chunks.count, 1)))
        var marks: [(position: Position, cost: Int)] = []
        for chunk in state.chunks.joined() {
            var index = 0
            while index < chunk.items.count {
                let first = index
                let start = chunk.start(first)
                repeat { index += 1 } while index < chunk.items.count && chunk.start(index) - start < step
                let cost = chunk.start(index) - start + (index - first) * MemoryLayout<Chunk.Item>.stride
                marks.append((chunk.position(first), cost))
            }
        }
        marks.sort { $0.position < $1.position }
        var sum = 0
        let last = marks.indices.dropFirst().first { index in
            sum += marks[index - 1].cost
            return sum > budget / 4 * 3
        }
        guard let last else { return }
        let end = marks[last].position
        state.end = end
        state.cost = 0
        for track in state.chunks.indices {
            for index in state.chunks[track].indices { Self.cut(&state.chunks[track][index], at: end) }
            state.chunks[track].removeAll { $0.items.isEmpty }
            state.cost += state.chunks[track].reduce(0) { $0 + $1.cost }
        }
    }

    private static func cut(_ chunk: inout Chunk, at end: Position) {
        guard let last = chunk.items.indices.last, chunk.position(last) >= end else { return }
        var (low, high) = (0, last)
        while low < high {
            let middle = (low + high) / 2
            if chunk.position(middle) < end { low = middle + 1 } else { high = middle }
        }
        chunk.truncate(to: low)
    }
}

/// Puts the pieces of several logs in order.
struct LogMerge {
    private struct Head {
        var position: LogWindow.Position
        let track: Int
        var chunk = 0
        var item = 0
    }

    private var chunks: [[LogWindow.Chunk]]
    /// A heap: the earliest first.
    private var heads: [Head] = []
    /// How many pieces of each log there were.
    private(set) var counts: [Int]

    init(_ chunks: [[LogWindow.Chunk]]) {
        self.chunks = chunks
        counts = chunks.map { $0.reduce(0) { $0 + $1.items.count } }
        for track in chunks.indices {
            if let first = chunks[track].first { heads.append(Head(position: first.position(0), track: track)) }
        }
        heads.sort { $0.position < $1.position }
    }

    mutating func run(_ body: (LogPiece) throws -> Void) throws {
        while var head = heads.first {
            // Many lines in a row are of one log.
            let next = second
            repeat {
                let chunk = chunks[head.track][head.chunk]
                let item = chunk.items[head.item]
                try chunk.bytes.withUnsafeBytes { bytes in
                    try body(
                        LogPiece(
                            track: head.track, line: item.line,
                            bytes: UnsafeRawBufferPointer(rebasing: bytes[chunk.start(head.item)..<Int(item.end)]),
                            isFirst: item.isFirst, isLast: item.isLast, hasLineEnd: item.hasLineEnd))
                }
                head.item += 1
                if head.item == chunk.items.count {
                    // It is not needed any more.
                    chunks[head.track][head.chunk] = LogWindow.Chunk(track: head.track, number: 0)
                    head.chunk += 1
                    head.item = 0
                }
                guard head.chunk < chunks[head.track].count else {
                    heads[0] = heads[heads.count - 1]
                    heads.removeLast()
                    break
                }
                head.position = chunks[head.track][head.chunk].position(head.item)
                heads[0] = head
            } while next.map { head.position < $0 } ?? true
            sink()
        }
    }

    private var second: LogWindow.Position? {
        switch heads.count {
        case ..<2: nil
        case 2: heads[1].position
        default: min(heads[1].position, heads[2].position)
        }
    }

    private mutating func sink() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heads.count && heads[child].position < heads[least].position {
                least = child
            }
            guard least != index else { return }
            heads.swapAt(index, least)
            index = least
        }
    }
}
