package import Rows

/// The requests that logs tell of, as far as ``LogRequest`` makes them out.
package struct RequestTally: Sendable, Hashable {
    /// A request that took long.
    package struct Slow: Hashable, Sendable {
        package let request: LogRequest
        package let place: LogPlace
        package let entry: String
        package let line: Int
        package let time: RowTime?

        var milliseconds: Double { request.milliseconds ?? 0 }
    }

    /// Requests that are alike: numbers and the like in their paths are `<*>`, and what is behind `?` left out.
    package struct Kind: Hashable, Sendable {
        package let status: Int
        package let method: String?
        package let path: String?
    }

    package private(set) var count = 0
    package private(set) var byStatus: [Int: Int] = [:]
    /// Those whose answer was an error (400 and more). At most 2,000 kinds.
    package private(set) var failed: [Kind: Int] = [:]
    /// Of kinds that there was no room for.
    package private(set) var failedOthers = 0
    /// The slowest first; at most 100.
    package private(set) var slowest: [Slow] = []

    private static let mostKinds = 2_000
    private static let mostSlow = 100
    /// Of a path that is kept, in bytes.
    private static let pathBytes = 200

    package init() {}

    /// Whether it is worth while to look closer: a line of a request has one of these words.
    static func mayBeRequest(_ message: UnsafeRawBufferPointer) -> Bool {
        let count = min(message.count, 8_192)
        guard count >= 4 else { return false }
        for index in 0...(count - 4) {
            let word = message.loadUnaligned(fromByteOffset: index, as: UInt32.self)
            if word == marks.0 || word == marks.1 || word == marks.2 || word == marks.3 || word == marks.4 {
                return true
            }
        }
        return false
    }

    private static let marks = (mark("HTTP"), mark("stat"), mark("code"), mark("meth"), mark("verb"))

    private static func mark(_ text: StaticString) -> UInt32 {
        UnsafeRawPointer(text.utf8Start).loadUnaligned(as: UInt32.self)
    }

    mutating func add(
        _ message: UnsafeRawBufferPointer, _ place: LogPlace, _ entry: String, _ line: Int, _ time: RowTime?
    ) {
        let text = Array(message.prefix(8_192))
        guard var request = LogRequest(text[...]) else { return }
        count += 1
        // What is kept is bounded.
        request.method = request.method.map { $0.utf8.count > 16 ? String($0.prefix(16)) : $0 }
        request.path = request.path.map(Self.shortened)
        if let status = request.status {
            byStatus[status, default: 0] += 1
            if status >= 400 {
                var pattern = LogPattern()
                let path = request.path.map { path in
                    Array(path.utf8.prefix { $0 != UInt8(ascii: "?") }).withUnsafeBytes { pattern.make($0) }
                    return String(decoding: pattern.text, as: UTF8.self)
                }
                add(Kind(status: status, method: request.method, path: path), 1)
            }
        }
        if let milliseconds = request.milliseconds,
            slowest.count < Self.mostSlow || milliseconds > slowest[slowest.count - 1].milliseconds
        {
            insert(Slow(request: request, place: place, entry: entry, line: line, time: time))
        }
    }

    private static func shortened(_ path: String) -> String {
        guard path.utf8.count > pathBytes else { return path }
        return String(decoding: path.utf8.prefix(pathBytes), as: UTF8.self) + "…"
    }

    mutating func add(_ other: RequestTally) {
        count += other.count
        byStatus.merge(other.byStatus, uniquingKeysWith: +)
        failedOthers += other.failedOthers
        for (kind, count) in other.failed { add(kind, count) }
        for slow in other.slowest { insert(slow) }
    }

    private mutating func add(_ kind: Kind, _ count: Int) {
        if failed[kind] != nil || failed.count < Self.mostKinds {
            failed[kind, default: 0] += count
        } else {
            failedOthers += count
        }
    }

    private mutating func insert(_ slow: Slow) {
        // Of two that are as slow, the order does not depend on which file was read first.
        let index = slowest.firstIndex {
            (slow.milliseconds, $0.entry, $0.line) > ($0.milliseconds, slow.entry, slow.line)
        }
        slowest.insert(slow, at: index ?? slowest.endIndex)
        if slowest.count > Self.mostSlow { slowest.removeLast() }
    }
}
