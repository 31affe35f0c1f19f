internal import CSQLite
internal import Synchronization

/// What SQL that is not the program's own may do: read, within a time and with statements of a bearable size.
public struct QueryLimits: Sendable {
    /// From when it begins, for all that runs until ``SQLDatabase/confine(to:)`` is called again; nil for as long as it takes.
    public var time: Duration?
    /// Of a statement's text, in bytes.
    public var sqlBytes = 1 << 20
    /// Of a text or blob, and of a row, in bytes.
    public var valueBytes = 64 << 20

    public init(time: Duration?) {
        self.time = time
    }
}

extension SQLDatabase {
    /// From here on nothing but reading: no statement that writes, attaches, or has a PRAGMA, no function of SQLite that is known to
    /// reach beyond the database, and nothing that runs for longer than the limits say, from now on.
    ///
    /// - Parameter stop: ends what runs, from any thread.
    public func confine(to limits: QueryLimits, stop: QueryStop) {
        watch(QueryWatch(limits.time, stop))
        limit(to: limits)
        // Not by `PRAGMA query_only`: the authorizer refuses what writes, and a virtual table runs statements of its own.
        isConfined = true
        authorize()
    }

    /// Bounds what a statement may be, before one is looked at.
    func limit(to limits: QueryLimits) {
        for (category, value) in [
            (SQLITE_LIMIT_SQL_LENGTH, limits.sqlBytes), (SQLITE_LIMIT_LENGTH, limits.valueBytes),
            (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_TRIGGER_DEPTH, 1), (SQLITE_LIMIT_WORKER_THREADS, 0),
            (SQLITE_LIMIT_EXPR_DEPTH, 500), (SQLITE_LIMIT_COMPOUND_SELECT, 500),
            (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 10_000), (SQLITE_LIMIT_VDBE_OP, 1_000_000),
        ] {
            sqlite3_limit(handle, category, Int32(clamping: value))
        }
    }

    /// Has statements judged, or not.
    func authorize() {
        guard isConfined else {
            sqlite3_set_authorizer(handle, nil, nil)
            return
        }
        sqlite3_set_authorizer(handle, { Authorizer.judge($1, $2, $3, $5) }, nil)
    }

    /// Ends what runs when it takes longer than so, from now on; nil for no limit.
    public func limitTime(to time: Duration?) {
        watch(time.map { QueryWatch($0, QueryStop()) })
    }

    private func watch(_ watch: QueryWatch?) {
        self.watch = watch
        guard let watch else { return sqlite3_progress_handler(handle, 0, nil, nil) }
        sqlite3_progress_handler(
            handle, 2_000,
            { context in
                guard let context else { return 1 }
                return Unmanaged<QueryWatch>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
            }, Unmanaged.passUnretained(watch).toOpaque())
    }
}

/// Ends a query from another thread.
public final class QueryStop: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    public var isSet: Bool { flag.load(ordering: .relaxed) }

    public func set() {
        flag.store(true, ordering: .relaxed)
    }
}

/// Looks, every few thousand steps of SQLite's machine, whether a query must end.
final class QueryWatch {
    private let stop: QueryStop
    private let ends: ContinuousClock.Instant?
    private let time: Duration?
    /// Why it ended what ran.
    private(set) var reason: SQLError?

    init(_ time: Duration?, _ stop: QueryStop) {
        self.stop = stop
        self.time = time
        ends = time.map { .now + $0 }
    }

    var isOver: Bool {
        if stop.isSet {
            reason = SQLError(.cancelled, "it was cancelled")
        } else if let ends, let time, .now > ends {
            reason = SQLError(.outOfTime, "it took longer than \(time.components.seconds) s")
        }
        return reason != nil
    }
}

/// Says what a statement may do: https://www.sqlite.org/c3ref/set_authorizer.html
enum Authorizer {
    static func judge(
        _ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?,
        _ view: UnsafePointer<CChar>?
    ) -> Int32 {
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE:
            return SQLITE_OK
        case SQLITE_FUNCTION:
            guard let second else { return SQLITE_DENY }
            return refused.contains(String(cString: second).lowercased()) ? SQLITE_DENY : SQLITE_OK
        default:
            return SQLITE_DENY
        }
    }

    /// Functions that read or write files, load code, take pointers from numbers, or make memory vanish.
    private static let refused: Set<String> = [
        "edit", "fts3_tokenizer", "fts5", "load_extension", "readfile", "rtreecheck", "sqlite_dbpage", "writefile",
    ]
}
