internal import BundleFormat
internal import Cryptography
internal import SQLite

/// What is kept of a bundle: its database, and deferred tables in files of their own, which are small.
struct KeptParts: Sendable {
    let cache: DatabaseCache
    let seal: SealID

    /// The database itself.
    var path: String? { cache.path(seal) }

    func begin() -> DatabaseCache.Draft? { cache.begin(seal) }

    /// Those of another time; nil when there are none, or they cannot be read.
    func rows(_ deferred: any DeferredTable) throws -> [[SQLValue]]? {
        guard let path = cache.path(seal, try part(deferred)) else { return nil }
        let table = deferred.table
        return try? SQLDatabase(.reading(path)).rows(
            "SELECT \(table.parsedColumns.map { "\"\($0.name)\"" }.joined(separator: ", ")) FROM \"\(table.name)\" ORDER BY rowid"
        )
    }

    /// Keeps them, where that can be: they can be made again.
    func keep(_ rows: [[SQLValue]], _ deferred: any DeferredTable) throws {
        guard let draft = cache.begin(seal, try part(deferred)) else { return }
        do {
            let database = try SQLDatabase(.filling(draft.path))
            try database.run(deferred.table.creation())
            try database.run("BEGIN")
            let insert = try database.prepare(deferred.table.insertion)
            for row in rows { try insert.run(row) }
            try database.run("COMMIT")
            draft.keep()
        } catch {}
    }

    private func part(_ deferred: any DeferredTable) throws -> String {
        "\(deferred.table.name)-\(SHA256.digest(of: Array(try deferred.mark().utf8)).hex.prefix(16))"
    }
}
