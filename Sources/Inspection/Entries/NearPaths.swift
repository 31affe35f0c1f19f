/// Finds the paths that are most like one that does not exist, in one pass, for "did you mean".
public struct NearPaths: Sendable {
    private let wanted: [Substring]
    private let limit: Int
    private var best: [(score: Int, path: String)] = []

    public init(_ wanted: String, limit: Int = 5) {
        self.wanted = wanted.split(separator: "/").prefix(64).map { $0 }
        self.limit = limit
    }

    public mutating func add(_ path: String) {
        let components = path.split(separator: "/")
        guard let last = components.last, let wantedLast = wanted.last else { return }
        var score = 4 * Set(components).intersection(wanted.dropLast()).count
        if last == wantedLast {
            score += 12
        } else {
            let shared = zip(last.utf8, wantedLast.utf8).prefix { $0 | 0x20 == $1 | 0x20 }.count
            score += 8 * shared / max(last.utf8.count, wantedLast.utf8.count, 1)
            if components.dropLast().contains(wantedLast) || last.contains(wantedLast) { score += 6 }
        }
        guard score >= 6, best.count < limit || score > (best.last?.score ?? 0) else { return }
        let place = best.firstIndex { $0.score < score } ?? best.endIndex
        best.insert((score, path), at: place)
        if best.count > limit { best.removeLast() }
    }

    /// The most similar first.
    public var paths: [String] { best.map(\.path) }
}
