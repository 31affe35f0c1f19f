internal import Rows

/// Counts the patterns of one file. Where there is no room for all, the most frequent are kept.
///
/// When it is full, a quarter of the room is for those that are new: they wait there in line, and whichever has not come again when its
/// turn is over gives way. One that has takes the place of the one that came least of the others, if it came more often. Lines of what
/// gave way are counted with the rest of their level. So no lines that differ, however many, hide one that comes often.
struct PatternCounter {
    private let entry: String
    /// Of the file.
    private let place: LogPlace
    private let most: Int
    private var pattern = LogPattern()
    /// By a hash of place, level and pattern: where each is in `kept`. The hash has a secret of this run: nobody can write lines
    /// that have the same.
    private var places: [Int: Int] = [:]
    private var kept: [LogDigest.Pattern] = []
    private var hashes: [Int] = []
    /// Those of `kept` that are new, the oldest first, from `next` on.
    private var waiting: [Int] = []
    private var next = 0
    /// The others, the least frequent last, as they were when it was looked at.
    private var weakest: [(index: Int, count: Int)] = []
    /// Which the others are.
    private var settled: Set<Int> = []
    private var rests: [LogLine.Level?: LogDigest.Pattern] = [:]
    private(set) var lines = 0

    /// Of an example, in bytes.
    static let exampleBytes = 400

    init(_ entry: String, _ place: LogPlace, most: Int) {
        self.entry = entry
        self.place = place
        self.most = max(most, 1)
    }

    /// What is kept, the most frequent first; then the rest of each level.
    var patterns: [LogDigest.Pattern] {
        kept.sorted { ($1.count, $0.line) < ($0.count, $1.line) } + rests.values.sorted { $0.line < $1.line }
    }

    /// - Parameters:
    ///   - place: whose the line is.
    ///   - number: which place that is, of those of the file.
    mutating func add(
        _ message: UnsafeRawBufferPointer, _ level: LogLine.Level?, _ time: RowTime?, line: Int, _ place: LogPlace,
        number: Int
    ) {
        lines += 1
        pattern.make(message)
        var hasher = Hasher()
        hasher.combine(number)
        hasher.combine(level)
        pattern.text.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        if let found = places[hash] {
            kept[found].count += 1
            if kept[found].first == nil { kept[found].first = time }
            if let time { kept[found].last = time }
            return
        }
        // NUL would be the end of the text to SQLite.
        let example = message.prefix(Self.exampleBytes).map { $0 == 0 ? 0x20 : $0 }
        let new = LogDigest.Pattern(
            place: place, entry: entry, level: level, pattern: String(decoding: pattern.text, as: UTF8.self), count: 1,
            first: time, last: time, line: line, example: String(decoding: example, as: UTF8.self))
        let index = kept.count < most ? kept.count : giveWay()
        if index == kept.count {
            kept.append(new)
            hashes.append(hash)
        } else {
            kept[index] = new
            hashes[index] = hash
        }
        places[hash] = index
        waiting.append(index)
    }

    /// Makes room: what was there is counted with the rest.
    private mutating func giveWay() -> Int {
        while true {
            let oldest = waiting[next]
            next += 1
            if next > most {
                waiting.removeFirst(next)
                next = 0
            }
            guard kept[oldest].count > 1 else { return drop(oldest) }
            if settled.count < most / 4 * 3 {
                settled.insert(oldest)
            } else if let weak = weakestSettled(), kept[weak].count < kept[oldest].count {
                weakest.removeLast()
                settled.remove(weak)
                settled.insert(oldest)
                return drop(weak)
            } else {
                return drop(oldest)
            }
        }
    }

    /// The least frequent one that has settled. Looked for anew once all that were found so far have given way, or come again.
    private mutating func weakestSettled() -> Int? {
        while let last = weakest.last {
            if kept[last.index].count == last.count { return last.index }
            weakest.removeLast()
        }
        weakest = settled.map { ($0, kept[$0].count) }.sorted { ($1.1, kept[$1.0].line) < ($0.1, kept[$0.0].line) }
        return weakest.last?.index
    }

    private mutating func drop(_ index: Int) -> Int {
        places[hashes[index]] = nil
        let old = kept[index]
        rests[old.level, default: LogDigest.Pattern(restOf: entry, place, old)].add(old)
        return index
    }
}
