internal import Archive
internal import Rows
internal import SQLite

/// The table `log_patterns`: what the logs say, in short, made when it is asked for: by all cores where the capture allows it.
final class LogPatternsTable: VirtualTable {
    static let description = DatabaseTable(
        name: "log_patterns",
        says:
            "Lines of a log that say the same but for numbers and the like, made of the logs when it is asked for. "
            + "`log_patterns('warning')` has only lines that are at least so bad.",
        columns: """
            namespace TEXT -- of the pod
            pod TEXT -- its name
            container TEXT -- its name
            stream TEXT -- `current`, `previous` or `rotated`
            level TEXT -- as `log_lines` has it
            pattern TEXT -- the line with `<*>` for what changes; `(other lines)` for the seldom ones of a log, by level, where there are more than 2,000
            count INTEGER -- how many lines
            first_time TEXT -- of the first of them, by the container's runtime; null in a log without times
            last_time TEXT -- of the last of them
            line INTEGER -- of the first of them in the file, from 1
            entry TEXT -- the file
            example TEXT -- the first of them, up to 400 bytes
            """)

    private enum Column: Int {
        case namespace, pod, container, stream, level, pattern, count, firstTime, lastTime, line, entry, example
        /// An argument, and no column to see.
        case atLeast
    }

    let declaration: String
    let useful: [Int: Set<TableFilter.Comparison>] = [
        Column.namespace.rawValue: [.equal], Column.pod.rawValue: [.equal], Column.container.rawValue: [.equal],
        Column.stream.rawValue: [.equal], Column.entry.rawValue: [.equal], Column.level.rawValue: [.equal],
        Column.atLeast.rawValue: [.equal],
    ]
    let isForViews = true
    private let capture: any Capture
    private let damage: Damage

    init(_ capture: any Capture, _ damage: Damage) {
        self.capture = capture
        self.damage = damage
        let columns = Self.description.parsedColumns.map { "\"\($0.name)\" \($0.type)" }.joined(separator: ", ")
        declaration = "CREATE TABLE x (\(columns), \"at_least\" TEXT HIDDEN)"
    }

    func open(_ filters: [TableFilter], isOver: @escaping () -> Bool) throws -> any VirtualRows {
        var options = LogOptions()
        var arguments: [SQLValue] = []
        for filter in filters {
            switch Column(rawValue: filter.column) {
            case .level:
                if let level = filter.value.text.flatMap(LogLine.Level.init) {
                    options.level = max(level, options.level ?? level)
                }
            case .atLeast:
                arguments.append(filter.value)
                guard let level = filter.value.text.flatMap(LogLine.Level.init) else {
                    let levels = LogLine.Level.allCases.map(\.rawValue).joined(separator: ", ")
                    throw SQLError(.badSQL, "log_patterns(…) takes a level: \(levels)")
                }
                options.level = max(level, options.level ?? level)
            default: break
            }
        }
        let files = LogFileFilter(filters) { column in
            switch Column(rawValue: column) {
            case .namespace: .namespace
            case .pod: .pod
            case .container: .container
            case .stream: .stream
            case .entry: .entry
            default: nil
            }
        }
        let (capture, damage, wanted) = (capture, damage, options)
        let made = Monitor<Result<LogDigest, any Error>?>(nil)
        // On threads of their own: whoever runs the statement waits for it, and may be on one of the few that tasks have.
        let threads = try ReadingThread(threads: ContainerOptions.usableCores)
        let task = Task.detached(executorPreference: threads) {
            do {
                let digest = try await LogDigest(capture, wanted) { file in
                    guard case .log(let place) = capture.role(of: file), files.matches(place, file) else { return nil }
                    return LogDigest.Wants(place)
                }
                for problem in digest.problems { damage.add(problem.entry, problem.reason) }
                made.change { $0 = .success(digest) }
            } catch {
                made.change { $0 = .failure(error) }
            }
        }
        defer { task.cancel() }
        let digest = try made.wait {
            if isOver() { throw CancellationError() }
        } for: {
            $0
        }.get()
        return Rows(digest, argument: arguments.first ?? .null)
    }

    private final class Rows: VirtualRows {
        private let digest: LogDigest
        private let left: [(level: LogLine.Level?, count: Int)]
        private let argument: SQLValue
        private var index = -1

        init(_ digest: LogDigest, argument: SQLValue) {
            self.digest = digest
            left = digest.left.map { ($0.key, $0.value) }
            self.argument = argument
        }

        func next() -> Bool {
            index += 1
            // What was read and has no row is not passed over.
            return index < digest.patterns.count + left.count
        }

        func value(_ column: Int) -> SQLValue {
            guard let column = Column(rawValue: column) else { return .null }
            if column == .atLeast { return argument }
            guard index < digest.patterns.count else {
                let (level, count) = left[index - digest.patterns.count]
                return switch column {
                case .level: SQLValue(level?.rawValue)
                case .pattern: .text(LogDigest.otherLines)
                case .count: SQLValue(count)
                default: .null
                }
            }
            let row = digest.patterns[index]
            return switch column {
            case .namespace: .text(row.place.namespace)
            case .pod: .text(row.place.pod)
            case .container: SQLValue(row.place.container)
            case .stream: .text(row.place.stream.rawValue)
            case .level: SQLValue(row.level?.rawValue)
            case .pattern: .text(row.pattern)
            case .count: SQLValue(row.count)
            case .firstTime: SQLValue(row.first?.words)
            case .lastTime: SQLValue(row.last?.words)
            case .line: SQLValue(row.line)
            case .entry: .text(row.entry)
            case .example: .text(row.example)
            case .atLeast: argument
            }
        }
    }
}
