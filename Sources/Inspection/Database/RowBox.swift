internal import SQLite
internal import Synchronization

/// Rows that are gathered on the thread of a statement.
final class RowBox: Sendable {
    private let box = Mutex<[[SQLValue]]>([])

    func append(_ row: [SQLValue]) {
        box.withLock { $0.append(row) }
    }

    var rows: [[SQLValue]] { box.withLock { $0 } }
}
