internal import Rows
internal import SQLite
internal import Synchronization

/// The table `log_counts`: each log in numbers, by one pass over all of them. Rules ask it: each of them would else read every log.
struct LogCountsTable: DeferredTable {
    static let description = DatabaseTable(
        name: "log_counts",
        says:
            "A log of a container in numbers, made of all logs when it is first asked for. Beyond 200,000 logs, those without "
            + "trouble are counted together, in a row of no pod.",
        columns: """
            namespace TEXT -- of the pod
            pod TEXT -- its name
            container TEXT -- its name
            stream TEXT -- `current`, `previous` or `rotated`
            lines INTEGER -- that it has
            errors INTEGER -- lines that say they are of level `error` or `fatal`
            warnings INTEGER -- lines that say they are of level `warning`
            first_time TEXT -- of the first line with a time, by the container's runtime
            last_time TEXT -- of the last
            last_error_line INTEGER -- the last line of level `error` or `fatal`, from 1
            last_error_time TEXT -- its time
            last_error TEXT -- what it says, up to 400 bytes
            requests INTEGER -- lines of a request with a status
            failed INTEGER -- of these, with a status of 500 or more
            refused INTEGER -- of these, with 401 or 403
            slowest REAL -- of these, in milliseconds
            last_failed_line INTEGER -- the last with a status of 500 or more, from 1
            entry TEXT -- the file
            """)

    let capture: any Capture
    let damage: Damage
    /// Of them, each in some hundred bytes.
    var mostRows = 200_000

    var table: DatabaseTable { Self.description }
    func mark() -> String { "1" }

    func rows(_ database: EvidenceDatabase, _ row: ([SQLValue]) throws -> Void) async throws -> Bool {
        let (capture, damage) = (capture, damage)
        let gathered = Gathered(mostRows)
        try await capture.read { file in
            guard case .log(let place) = capture.role(of: file) else { return nil }
            let one: LogCutter.Wants? = place.container == nil ? nil : .one(LogCutter.Want(track: 0))
            let cutter = LogCutter(
                one ?? .asTheyCome(only: nil), LogOptions(), needsTimes: true, heading: LogHeading(place))
            let taker = Taker(place, file) { gathered.add($0) }
            return try file.reading(
                LogVisitor(cutter, taker) { problem, _ in
                    if let problem { damage.add(file.path, problem) }
                })
        }
        // Files are read in any order.
        let (rows, rest) = gathered.result
        for counts in rows.sorted(by: { ($0.file.ordinal, $0.number) < ($1.file.ordinal, $1.number) }) {
            try row(counts.values)
        }
        if let rest { try row(rest.values) }
        return true
    }

    /// The rows of all logs, as far as there is room for them: first of those with errors or failed requests, then as in the capture.
    private final class Gathered: Sendable {
        private let most: Int
        private let state = Mutex<(rows: [Row], rest: Rest?)>(([], nil))

        init(_ most: Int) {
            self.most = most
        }

        var result: (rows: [Row], rest: Rest?) {
            state.withLock { state in
                cut(&state)
                return state
            }
        }

        func add(_ rows: [Row]) {
            state.withLock { state in
                state.rows += rows
                if state.rows.count > most + most / 4 { cut(&state) }
            }
        }

        private func cut(_ state: inout (rows: [Row], rest: Rest?)) {
            guard state.rows.count > most else { return }
            state.rows.sort { $0.comes(before: $1) }
            var rest = state.rest ?? Rest()
            for row in state.rows[most...] { rest.add(row) }
            state.rest = rest
            state.rows.removeLast(state.rows.count - most)
        }
    }

    /// Logs that there was no room for.
    private struct Rest {
        private var lines = 0, errors = 0, warnings = 0, requests = 0, failed = 0, refused = 0

        mutating func add(_ row: Row) {
            lines += row.lines
            errors += row.errors
            warnings += row.warnings
            requests += row.requests
            failed += row.failed
            refused += row.refused
        }

        var values: [SQLValue] {
            [
                .null, .null, .null, .null, SQLValue(lines), SQLValue(errors), SQLValue(warnings), .null, .null, .null,
                .null, .null, SQLValue(requests), SQLValue(failed), SQLValue(refused), .null, .null, .null,
            ]
        }
    }

    /// What one container has in one file.
    private struct Row: Sendable {
        let file: CapturedFile
        let place: LogPlace
        /// Which of the file's containers it is.
        let number: Int
        var lines = 0
        var errors = 0
        var warnings = 0
        var first: Int64?
        var last: Int64?
        var lastError: (line: Int, time: Int64, text: String)?
        var requests = 0
        var failed = 0
        var refused = 0
        var slowest: Double?
        var lastFailed: Int?

        private var isTroubled: Bool { errors > 0 || failed > 0 || refused > 0 }

        func comes(before other: Row) -> Bool {
            guard isTroubled == other.isTroubled else { return isTroubled }
            return (file.ordinal, number) < (other.file.ordinal, other.number)
        }

        var values: [SQLValue] {
            func time(_ time: Int64?) -> SQLValue {
                SQLValue(time.flatMap { $0 == .min ? nil : RowTime(nanoseconds: $0).words })
            }
            return [
                .text(place.namespace), .text(place.pod), SQLValue(place.container), .text(place.stream.rawValue),
                SQLValue(lines), SQLValue(errors), SQLValue(warnings), time(first), time(last),
                SQLValue(lastError?.line), time(lastError?.time), SQLValue(lastError?.text), SQLValue(requests),
                SQLValue(failed), SQLValue(refused), slowest.map(SQLValue.real) ?? .null, SQLValue(lastFailed),
                .text(file.path),
            ]
        }

        mutating func add(_ cut: LogCutter.Cut) {
            let message = cut.piece.text
            lines += 1
            if cut.time != .min {
                if first == nil { first = cut.time }
                last = cut.time
            }
            let head = Array(message.prefix(LogLevels.looked))
            switch LogLevels.level(of: head[...]) {
            case .error, .fatal:
                errors += 1
                lastError = (
                    cut.piece.line, cut.time,
                    // NUL would be the end of the text to SQLite.
                    String(
                        decoding: head.prefix(PatternCounter.exampleBytes).map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
                )
            case .warning: warnings += 1
            default: break
            }
            guard RequestTally.mayBeRequest(message),
                let request = LogRequest(Array(message.prefix(8_192))[...]), let status = request.status
            else { return }
            requests += 1
            if status >= 500 {
                failed += 1
                lastFailed = cut.piece.line
            }
            if status == 401 || status == 403 { refused += 1 }
            if let milliseconds = request.milliseconds, milliseconds > slowest ?? -1 { slowest = milliseconds }
        }
    }

    /// Counts one file.
    private final class Taker: LogTaker {
        private let place: LogPlace
        private let file: CapturedFile
        private let ended: @Sendable ([Row]) -> Void
        private var rows: [Row] = []
        private var byContainer: [String?: Int] = [:]
        /// Of one file: anybody can write lines that look like the beginning of another container's log.
        private static let mostContainers = 1_000

        init(_ place: LogPlace, _ file: CapturedFile, ended: @escaping @Sendable ([Row]) -> Void) {
            self.place = place
            self.file = file
            self.ended = ended
        }

        func take(_ cut: LogCutter.Cut) {
            guard cut.piece.isFirst else { return }
            let container = cut.container ?? place.container
            var index = byContainer[container]
            if index == nil, rows.count < Self.mostContainers {
                index = rows.count
                byContainer[container] = index
                rows.append(
                    Row(
                        file: file,
                        place: LogPlace(
                            namespace: place.namespace, pod: place.pod, container: container, stream: place.stream),
                        number: rows.count))
            }
            // What is beyond is counted, too: under the name of none.
            if index == nil {
                let none: String? = nil
                index = byContainer[none] ?? rows.count
                if index == rows.count {
                    byContainer[none] = index
                    rows.append(
                        Row(
                            file: file,
                            place: LogPlace(
                                namespace: place.namespace, pod: place.pod, container: nil, stream: place.stream),
                            number: rows.count))
                }
            }
            guard let index else { return }
            rows[index].add(cut)
        }

        func end(_ cutter: LogCutter) { ended(rows) }
    }
}
