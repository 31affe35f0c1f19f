public import Bundle
internal import BundleFormat
internal import Collection
public import Rows

/// The tables that the collectors of a bundle declare, and their rows.
///
/// What is read is in the bundle's own `meta/definitions`, so that the bundle can be read where its collectors are not known. All of
/// that is hostile: definitions are decoded within bounds, say only how text is cut, and are never merged with the program's own.
/// What cannot be read is a ``Problem``; the rest is there all the same.
public struct BundleTables: Sendable {
    /// How much of a bundle is read. What is beyond is counted and said.
    public struct Limits: Sendable {
        public var definitions = 1_000
        /// Of all definitions together.
        public var tables = 2_000
        /// Outputs of collectors with tables.
        public var files = 200_000
        /// Of each file; its `rows` are those of a table.
        public var reading = ReadLimits()

        public init() {}
    }

    /// A table, and the files that it is read from.
    public struct Table: Sendable {
        /// Whose definition it stands in.
        public let collector: String
        public let definition: TableDefinition
        package(set) public var files: [TableFile] = []
    }

    /// Something that could not be read.
    public struct Problem: Hashable, Sendable {
        /// A path in the bundle.
        public let subject: String
        /// It may quote the bundle: whoever shows it escapes it.
        public let reason: String
        /// Whether the file is not what was captured, as far as it could be read at all: rows of it are missing, or not to be relied on.
        public let isDamage: Bool

        init(subject: String, reason: String, isDamage: Bool = false) {
            self.subject = subject
            self.reason = reason
            self.isDamage = isDamage
        }
    }

    /// In the order of the collectors' names, then as they are declared. Each name is there once.
    public private(set) var tables: [Table] = []
    public private(set) var problems: [Problem] = []

    private let reader: BundleReader
    private let limits: Limits

    /// Finds the tables and their files. No content is read but that of the definitions.
    public init(_ reader: BundleReader, limits: Limits = Limits()) async {
        self.reader = reader
        self.limits = limits
        await readDefinitions()
        guard !tables.isEmpty else { return }
        let attempts = await readLedger()
        await findFiles(of: attempts)
    }

    public subscript(_ name: String) -> Table? { tables.first { $0.definition.name == name } }

    // MARK: Definitions

    private mutating func readDefinitions() async {
        let definitions = await BundleDefinitions(reader, most: limits.definitions)
        problems += definitions.problems
        for file in definitions.files {
            do {
                try add(RecordedTables(file: file.path.rawValue, text: file.text), file)
            } catch {
                note(file.path.rawValue, error)
            }
        }
    }

    private mutating func add(_ recorded: RecordedTables, _ file: BundleDefinitions.File) throws {
        let path = file.path
        guard recorded.collector == file.name else { throw BundleDefinitions.isOfAnother }
        for definition in recorded.tables {
            if self[definition.name] != nil {
                note(path.rawValue, "table \(definition.name) is not read: another collector has one of this name")
            } else if tables.count >= limits.tables {
                note(path.rawValue, "table \(definition.name) is not read: there are more than \(limits.tables)")
            } else {
                tables.append(Table(collector: recorded.collector, definition: definition))
            }
        }
    }

    // MARK: Files

    private struct Attempt {
        let collector: String
        let context: TableFile.Context
        let isCut: Bool
    }

    private mutating func readLedger() async -> [Int: Attempt] {
        let collectors = Set(tables.map(\.collector))
        var attempts: [Int: Attempt] = [:]
        var left = 0
        do {
            try await reader.ledger { line in
                guard collectors.contains(line.collector), !line.entries.isEmpty else { return }
                guard attempts.count < limits.files else {
                    left += 1
                    return
                }
                attempts[line.attempt] = Attempt(
                    collector: line.collector, context: TableFile.Context(line.target),
                    isCut: line.truncated != nil || line.state == .timeout)
            }
        } catch {
            note(BundleLayout.ledger.rawValue, error)
        }
        if left > 0 { note(BundleLayout.ledger.rawValue, "outputs of \(left) attempts are not read, being too many") }
        return attempts
    }

    /// By the attempt that made an entry, not by its path, which others could have, too.
    private mutating func findFiles(of attempts: [Int: Attempt]) async {
        let byCollector = Dictionary(grouping: tables.indices) { tables[$0].collector }
        var found = 0
        var left = 0
        do {
            try await reader.entries { line in
                guard let attempt = attempts[line.attempt], let last = line.path.rawValue.split(separator: "/").last
                else {
                    return
                }
                for index in byCollector[attempt.collector] ?? [] where tables[index].definition.reads(file: last) {
                    guard found < limits.files else {
                        left += 1
                        continue
                    }
                    found += 1
                    tables[index].files.append(
                        TableFile(line: line, context: attempt.context, isCut: attempt.isCut))
                }
            }
        } catch {
            note(BundleLayout.index.rawValue, error)
        }
        if left > 0 { note(BundleLayout.index.rawValue, "\(left) files are not read, being too many") }
    }

    // MARK: Rows

    /// Hands out the rows of a table, file by file, as they are read. Memory is bounded by a row, but for JSON texts (see ``TableReader``).
    ///
    /// - Parameter body: gets a row, lent, and the file that it is from. What it throws ends the reading and is thrown on.
    /// - Throws: what `body` throws, and `CancellationError`. What cannot be read is in what is returned.
    public func rows(
        of table: Table, _ body: (TableRow, TableFile) throws -> Void
    ) async throws -> TableReport {
        var report = TableReport()
        for file in table.files {
            var limits = limits.reading
            limits.rows = max(0, limits.rows - report.tally.rows)
            var rows = TableReader(table.definition, limits: limits)
            // What ends the reading, apart from what is wrong with the bundle.
            var failure: (any Error)?
            func take(_ row: TableRow) throws {
                do {
                    try body(row, file)
                } catch {
                    failure = error
                    throw error
                }
            }
            do {
                try await reader.content(of: file.line) { piece in
                    if Task.isCancelled {
                        failure = CancellationError()
                        throw CancellationError()
                    }
                    try rows.push(piece, take)
                    if rows.tally.isFull { throw Full() }
                }
                try rows.finish(isCut: file.isCut, take)
            } catch is Full {
            } catch {
                if let failure { throw failure }
                report.problems.append(
                    Problem(subject: file.path, reason: Self.words(error), isDamage: error is BundleError))
            }
            report.add(rows.tally, file.path, problems: limits.problems)
            if rows.tally.isFull { break }
        }
        return report
    }

    /// There are as many rows as are wanted.
    private struct Full: Error {}

    static func problem(_ subject: String, _ error: any Error) -> Problem {
        Problem(subject: subject, reason: words(error), isDamage: error is BundleError)
    }

    private mutating func note(_ subject: String, _ error: any Error) {
        note(subject, Self.words(error), isDamage: error is BundleError)
    }

    private mutating func note(_ subject: String, _ reason: String, isDamage: Bool = false) {
        guard problems.count < 1_000 else { return }
        problems.append(Problem(subject: subject, reason: reason, isDamage: isDamage))
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as UnreadableObject: error.reason
        case let error as BundleError: error.reason
        case let error as DefinitionError: error.line.map { "line \($0): \(error.message)" } ?? error.message
        default: "\(error)"
        }
    }
}
