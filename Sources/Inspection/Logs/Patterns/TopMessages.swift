internal import Rows

/// The messages of several logs, those that are alike counted together.
package struct TopMessages: Sendable {
    package struct Message: Sendable {
        package let level: LogLine.Level?
        package let pattern: String
        package fileprivate(set) var count: Int
        /// As RFC 3339 in UTC; nil where the logs have no times.
        package fileprivate(set) var first: String?
        package fileprivate(set) var last: String?
        /// `NAMESPACE/POD/CONTAINER`, by how many of the lines are theirs.
        package fileprivate(set) var sources: [(name: String, count: Int)]
        /// The earliest line, and where it stands.
        package fileprivate(set) var example: String
        package fileprivate(set) var entry: String
        package fileprivate(set) var line: Int
    }

    /// The most frequent first.
    private let messages: [Message]
    private let left: [LogLine.Level?: Int]

    package init(_ digest: LogDigest) {
        left = digest.left
        struct Key: Hashable {
            let level: LogLine.Level?
            let pattern: String
        }
        var found: [Key: Message] = [:]
        var counts: [Key: [String: Int]] = [:]
        for row in digest.patterns {
            let key = Key(level: row.level, pattern: row.pattern)
            let source =
                "\(row.place.namespace)/\(row.place.pod)" + (row.place.container.map { "/\($0)" } ?? "")
            counts[key, default: [:]][source, default: 0] += row.count
            let (first, last) = (row.first?.words, row.last?.words)
            guard var message = found[key] else {
                found[key] = Message(
                    level: row.level, pattern: row.pattern, count: row.count, first: first, last: last, sources: [],
                    example: row.example, entry: row.entry, line: row.line)
                continue
            }
            message.count += row.count
            if let first, message.first.map({ first < $0 }) ?? true {
                message.first = first
                (message.example, message.entry, message.line) = (row.example, row.entry, row.line)
            }
            if let last, message.last.map({ last > $0 }) ?? true { message.last = last }
            found[key] = message
        }
        messages = found.map { key, message in
            var message = message
            message.sources = (counts[key] ?? [:]).map { ($0.key, $0.value) }
                .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
            return message
        }.sorted { ($1.count, $0.pattern, $0.entry) < ($0.count, $1.pattern, $1.entry) }
    }

    /// Messages of some levels.
    package struct Section: Sendable {
        /// The most frequent first.
        package fileprivate(set) var messages: [Message] = []
        /// All lines of these levels.
        package fileprivate(set) var lines = 0
        /// Lines among them whose messages are not there, as there are too many different ones.
        package fileprivate(set) var otherLines = 0
    }

    /// Lines that say that they are of one of these levels.
    package func of(_ levels: Set<LogLine.Level>) -> Section {
        section { $0.map(levels.contains) ?? false }
    }

    /// All others.
    package func others(than levels: Set<LogLine.Level>) -> Section {
        section { !($0.map(levels.contains) ?? false) }
    }

    private func section(_ isWanted: (LogLine.Level?) -> Bool) -> Section {
        var section = Section()
        for message in messages where isWanted(message.level) {
            section.lines += message.count
            if message.pattern == LogDigest.otherLines {
                section.otherLines += message.count
            } else {
                section.messages.append(message)
            }
        }
        for (level, count) in left where isWanted(level) {
            section.lines += count
            section.otherLines += count
        }
        return section
    }
}
