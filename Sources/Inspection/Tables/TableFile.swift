internal import Bundle
internal import BundleFormat
public import Rows

/// A file of a bundle that a table is read from, with what the columns ``TableNames/contextColumns`` say of its rows.
public struct TableFile: Sendable {
    /// Whose output it is, by the ledger. What is not known or does not apply is nil.
    public struct Context: Hashable, Sendable {
        public let namespace: String?
        public let pod: String?
        public let container: String?
        public let node: String?

        init(_ target: Target) {
            namespace = target.namespace
            pod = target.kind == "Pod" || target.container != nil ? target.name : nil
            container = target.container
            node = target.node ?? (target.kind == "Node" ? target.name : nil)
        }
    }

    public let context: Context
    /// Whether a limit of the capture cut it.
    public let isCut: Bool
    let line: IndexLine

    init(line: IndexLine, context: Context, isCut: Bool) {
        self.line = line
        self.context = context
        self.isCut = isCut
    }

    /// Its path in the bundle: the column `entry`.
    public var path: String { line.path.rawValue }

    /// In bytes.
    public var size: UInt64 { line.size }
}

/// What became of the files of a table.
public struct TableReport: Sendable {
    /// Of all its files; a problem's line is one of its own file.
    public private(set) var tally = TableTally()
    /// Files of which something could not be read, each with its first problem.
    public internal(set) var problems: [BundleTables.Problem] = []

    mutating func add(_ other: TableTally, _ path: String, problems limit: Int) {
        tally.add(other, problems: limit)
        if let first = other.problems.first, problems.count < limit {
            problems.append(.init(subject: path, reason: "line \(first.line): \(first.message)"))
        }
    }
}
