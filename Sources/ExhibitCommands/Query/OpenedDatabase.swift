internal import Cryptography
internal import Inspection
internal import SQLite

/// What a command that asks was given, as tables.
enum OpenedDatabase {
    static func open(_ path: String, _ identities: [AgeIdentity]) async throws -> EvidenceDatabase {
        try await EvidenceDatabase(try await OpenedCapture.open(path, identities).capture)
    }

    /// How a command ends that has shown rows: what could not be read is not hidden behind them.
    static func conclude(_ database: EvidenceDatabase, _ path: String) async throws -> ExitStatus {
        let problems = try await database.rows("SELECT count(*) FROM problems").first?.first?.integer ?? 0
        if problems > 0 {
            RenderingFailure.note(
                "\(problems == 1 ? "1 thing" : "\(problems) things") in it could not be read, or not wholly: exhibit query \(path) 'SELECT * FROM problems'"
            )
        }
        let damage = database.damage
        guard damage.count > 0 else { return .ok }
        for file in damage.files.prefix(10) { RenderingFailure.note("\(file.path): \(file.reason)") }
        if damage.count > 10 { RenderingFailure.note("and \(damage.count - 10) other files") }
        RenderingFailure.note("rows of these files are missing, or not as they were captured")
        return .integrityFailed
    }
}
