internal import SQLite
internal import Synchronization

/// The table `log_lines`: every line of every log, read when it is asked for. Nothing of it is copied into the database.
final class LogLinesTable: VirtualTable {
    static let description = DatabaseTable(
        name: "log_lines",
        says:
            "A line of a log, read from the log when it is asked for: say which pod or container you want, where you can.",
        columns: """
            namespace TEXT -- of the pod
            pod TEXT -- its name
            container TEXT -- its name
            stream TEXT -- `current`, `previous` or `rotated`
            line INTEGER -- in the file, from 1
            time TEXT -- by the container's runtime, RFC 3339
            level TEXT -- `trace`, `debug`, `info`, `warning`, `error`, `fatal`, as far as the line says it
            message TEXT -- what the program wrote
            method TEXT -- of a request that the line is of: `GET`
            path TEXT -- of the request
            status INTEGER -- of the answer
            milliseconds REAL -- that it took
            entry TEXT -- the file
            cut INTEGER -- 1: the line is longer than 1 MiB, and only its beginning is here
            """)

    private enum Column: Int {
        case namespace, pod, container, stream, line, time, level, message, method, path, status, milliseconds, entry,
            cut
    }

    let declaration: String
    let useful: [Int: Set<TableFilter.Comparison>] = [
        Column.namespace.rawValue: [.equal], Column.pod.rawValue: [.equal], Column.container.rawValue: [.equal],
        Column.stream.rawValue: [.equal], Column.entry.rawValue: [.equal],
    ]
    private let capture: any Capture
    private let damage: Damage

    init(_ capture: any Capture, _ damage: Damage) {
        self.damage = damage
        // By one task, so that rows come in the order of the archive: what takes longest is what is done with them.
        self.capture = (capture as? BundleCapture)?.inOrder ?? capture
        let columns = Self.description.parsedColumns.map { "\"\($0.name)\" \($0.type)" }.joined(separator: ", ")
        declaration = "CREATE TABLE x (\(columns))"
    }

    func open(_ filters: [TableFilter], isOver: @escaping () -> Bool) throws -> any VirtualRows {
        let (capture, damage) = (capture, damage)
        let wanted = LogFileFilter(filters) { column in
            switch Column(rawValue: column) {
            case .namespace: .namespace
            case .pod: .pod
            case .container: .container
            case .stream: .stream
            case .entry: .entry
            default: nil
            }
        }
        let pipe = LogPipe()
        // On a thread of its own: who sends waits for who reads, and the threads of tasks are few.
        let reading = Task.detached(executorPreference: try ReadingThread()) {
            do {
                try await capture.read { file in
                    guard case .log(let place) = capture.role(of: file), wanted.matches(place, file) else { return nil }
                    return try file.reading(Reader(place, file.path, pipe, damage))
                }
                pipe.finish(.success(()))
            } catch {
                pipe.finish(error is LogPipe.Closed ? .success(()) : .failure(error))
            }
        }
        return Rows(pipe, reading, isOver)
    }

    private final class Reader: FileVisitor {
        private let batcher: Mutex<LogBatcher>
        private let path: String
        private let damage: Damage

        init(_ place: LogPlace, _ path: String, _ pipe: LogPipe, _ damage: Damage) {
            self.path = path
            self.damage = damage
            batcher = Mutex(LogBatcher(place, path) { try pipe.send($0) })
        }

        func take(_ piece: ArraySlice<UInt8>) throws {
            try batcher.withLock { try $0.push(piece) }
        }

        func end(_ problem: String?) throws {
            if let problem { damage.add(path, problem) }
            try batcher.withLock { try $0.finish() }
        }
    }

    private final class Rows: VirtualRows {
        private let pipe: LogPipe
        private let reading: Task<Void, Never>
        private let isOver: () -> Bool
        private var batch: LogBatch?
        private var number = 0
        /// Of the present line, once they are asked for.
        private var parsed: LogLine?
        private var request: LogRequest??

        init(_ pipe: LogPipe, _ reading: Task<Void, Never>, _ isOver: @escaping () -> Bool) {
            self.isOver = isOver
            self.pipe = pipe
            self.reading = reading
        }

        deinit {
            pipe.close()
            reading.cancel()
        }

        func next() throws -> Bool {
            parsed = nil
            request = nil
            number += 1
            if let batch, number < batch.lines.count { return true }
            batch = try pipe.receive(unless: isOver)
            number = 0
            return batch != nil
        }

        func value(_ column: Int) -> SQLValue {
            guard let batch, let column = Column(rawValue: column) else { return .null }
            switch column {
            case .namespace: return .text(batch.place.namespace)
            case .pod: return .text(batch.place.pod)
            case .container: return SQLValue(batch.place.container)
            case .stream: return .text(batch.place.stream.rawValue)
            case .line: return SQLValue(batch.firstLine + number)
            case .entry: return .text(batch.entry)
            case .cut: return .integer(batch.cut.contains(number) ? 1 : 0)
            case .time: return SQLValue(line(batch).time)
            case .level: return SQLValue(line(batch).level?.rawValue)
            case .message: return .text(line(batch).message)
            case .method: return SQLValue(request(batch)?.method)
            case .path: return SQLValue(request(batch)?.path)
            case .status: return SQLValue(request(batch)?.status)
            case .milliseconds: return request(batch)?.milliseconds.map(SQLValue.real) ?? .null
            }
        }

        private func line(_ batch: LogBatch) -> LogLine {
            if let parsed { return parsed }
            let line = LogLine(batch.bytes[batch.lines[number]])
            parsed = line
            return line
        }

        private func request(_ batch: LogBatch) -> LogRequest? {
            if let request { return request }
            let bytes = batch.bytes[batch.lines[number]]
            let found = LogRequest(bytes.dropFirst(LogLine.timeLength(bytes).map { $0 + 1 } ?? 0))
            request = .some(found)
            return found
        }
    }
}
