internal import Rows
internal import Synchronization

/// What comes of all logs for a ``LogDigest``, from several tasks. It does not depend on which ends first.
final class DigestGathering: Sendable {
    private struct Ranked {
        /// Of its log: 0 is the most frequent.
        let rank: Int
        let pattern: LogDigest.Pattern

        func comes(before other: Ranked) -> Bool {
            if rank != other.rank { return rank < other.rank }
            if pattern.count != other.pattern.count { return pattern.count > other.pattern.count }
            return (pattern.entry, pattern.line) < (other.pattern.entry, other.pattern.line)
        }
    }

    private struct State {
        var digest = LogDigest()
        var patterns: [Ranked] = []
    }

    private let most: Int
    private let state = Mutex(State())

    init(_ limits: LogDigest.Limits) {
        most = limits.patterns
    }

    var digest: LogDigest {
        state.withLock { state in
            cut(&state)
            var result = state.digest
            result.patterns = state.patterns.map(\.pattern)
            // Files are read in any order.
            result.patterns.sort { ($0.entry, $0.line) < ($1.entry, $1.line) }
            result.problems.sort { $0.entry < $1.entry }
            return result
        }
    }

    func add(_ problem: String?, _ untimed: Int, _ entry: String) {
        state.withLock { state in
            state.digest.untimed += untimed
            if let problem {
                state.digest.problems.append(LogReadReport.Problem(entry: entry, reason: problem))
            }
        }
    }

    func add(_ counter: PatternCounter, _ requests: RequestTally) {
        let patterns = counter.patterns
        state.withLock { state in
            state.digest.lines += counter.lines
            state.digest.requests.add(requests)
            for (rank, pattern) in patterns.enumerated() {
                state.patterns.append(Ranked(rank: rank, pattern: pattern))
            }
            if state.patterns.count > most + most / 4 { cut(&state) }
        }
    }

    /// Keeps the most frequent of each log, then the second of each, and so on, while there is room. What falls out once would fall
    /// out at the end, too.
    private func cut(_ state: inout State) {
        guard state.patterns.count > most else { return }
        state.patterns.sort { $0.comes(before: $1) }
        for left in state.patterns[most...] { state.digest.left[left.pattern.level, default: 0] += left.pattern.count }
        state.patterns.removeLast(state.patterns.count - most)
    }
}

extension LogDigest.Pattern {
    /// For lines that are counted together, none so far.
    ///
    /// - Parameter first: whose level it has.
    init(restOf entry: String, _ place: LogPlace, _ first: Self) {
        self.init(
            place: place, entry: entry, level: first.level, pattern: LogDigest.otherLines, count: 0, line: first.line,
            example: first.example)
    }

    /// Counts lines of a pattern with these.
    mutating func add(_ other: Self) {
        count += other.count
        if let time = other.first { first = first.map { min($0, time) } ?? time }
        if let time = other.last { last = last.map { max($0, time) } ?? time }
        if other.line < line { (line, example) = (other.line, other.example) }
    }
}
