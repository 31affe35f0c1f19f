internal import Bundle
internal import BundleFormat
internal import Cryptography
internal import Rows
internal import SQLite
internal import StructuredText
internal import Synchronization

/// Fills a database from a capture: what it has, its objects, and the tables of its collectors.
struct DatabaseBuilder {
    let capture: any Capture
    let limits: DatabaseLimits
    let shared: SharedDatabase
    let damage: Damage
    /// Of a bundle; nil when it cannot be told, which ``records(of:)`` says again.
    var closing: BundleClosing?
    /// Of an example: tables that are there besides, and rows, by table.
    var tables: [TableDefinition] = []
    var rows: [String: [JSONObject]] = [:]

    /// - Returns: whether the same would come of it another time, as far as ``damage`` does not say otherwise.
    func build() async throws -> Bool {
        try shared.fill { try $0.fact("kind", capture.kind.rawValue) }
        if let foreign = capture as? ForeignCapture { try note(foreign) }
        try await entries()
        let bundle = (capture as? BundleCapture)?.reader
        if let bundle { try await records(of: bundle) }
        try await objects()
        var collected = try CollectorRows(shared: shared, limits: limits, damage: damage)
        if let bundle { try await collected.read(await BundleTables(bundle)) }
        try collected.declare(tables)
        try collected.finish()
        try addRows()
        return try shared.finish()
    }

    private func addRows() throws {
        for (table, rows) in rows {
            for row in rows {
                let names = row.keys.map { "\"\($0)\"" }.joined(separator: ", ")
                let marks = (1...max(row.count, 1)).map { "?\($0)" }.joined(separator: ", ")
                try shared.fill {
                    try $0.run("INSERT INTO \"\(table)\" (\(names)) VALUES (\(marks))", row.map { SQLValue($0.value) })
                }
            }
        }
    }

    // MARK: What is there

    private func entries() async throws {
        guard let bundle = capture as? BundleCapture else {
            return try await capture.files { file in
                try shared.fill { try $0.add(entry: file, capture.role(of: file)) }
            }
        }
        var ordinal = 0
        try await bundle.reader.entries { line in
            let file = CapturedFile(path: line.path.rawValue, size: line.size, ordinal: ordinal)
            ordinal += 1
            try shared.fill {
                try $0.add(
                    entry: file, capture.role(of: file), sha256: line.sha256.hex, media: line.media,
                    attempt: line.attempt)
            }
        }
    }

    private func note(_ capture: ForeignCapture) throws {
        try shared.fill { store in
            try store.fact("lacks", capture.lacks.joined(separator: ", "))
            for problem in capture.problems { try store.note(problem.path ?? capture.path, problem.reason) }
            if let end = capture.end { try store.note(capture.path, end) }
        }
    }

    // MARK: Records

    private func records(of reader: BundleReader) async throws {
        try shared.fill { try $0.facts(of: reader.opening) }
        try await checkIndex(of: reader)
        do {
            try await reader.ledger { line in try shared.fill { try $0.add(line) } }
        } catch let error as BundleError {
            try note(BundleLayout.ledger.rawValue, error)
        }
        do {
            try await reader.custody { line in try shared.fill { try $0.add(line) } }
        } catch let error as BundleError {
            try note(BundleLayout.custody.rawValue, error)
        }
    }

    /// What everything else is found by, and the opening record.
    private func checkIndex(of reader: BundleReader) async throws {
        do {
            let unsealed = if let closing { closing.unsealed } else { try await reader.unsealedFiles() }
            for path in unsealed {
                damage.add(path.rawValue, "it is not the one that was sealed")
            }
            if let line = try await reader.entry(BundleLayout.opening) {
                try await reader.content(of: line) { _ in }
            } else {
                damage.add(BundleLayout.opening.rawValue, "the index does not have it")
            }
        } catch let error as BundleError {
            try note(error.subject, error)
        }
    }

    private func note(_ path: String, _ error: BundleError) throws {
        damage.add(path, error.reason)
        try shared.fill { try $0.note(path, error.reason) }
    }

    // MARK: Objects

    private func objects() async throws {
        let (capture, shared, limits, damage) = (capture, shared, limits, damage)
        try await capture.read { file in
            guard case .objects(let form, let assumed) = capture.role(of: file) else { return nil }
            return ObjectsVisitor(form, assuming: assumed, limits) { json, status, changes in
                try shared.fill { try $0.add(object: json, from: file.path, status: status, changes: changes) }
            } problem: { reason, isDamage in
                if isDamage { damage.add(file.path, reason) }
                try shared.fill { try $0.note(file.path, reason, isEntry: true) }
            }
        }
    }
}
