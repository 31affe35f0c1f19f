internal import Inspection
internal import SQLite
internal import StructuredText

/// The columns of custom resources whose definitions were captured. Each is looked up once.
actor DefinitionColumns {
    private let database: EvidenceDatabase
    /// Nil for those that have none.
    private var known: [APIResource: [PrintedColumn]?] = [:]

    init(_ database: EvidenceDatabase) {
        self.database = database
    }

    /// - Returns: nil when its definition was not captured.
    /// - Throws: `SQLError`, `CancellationError`.
    func columns(of resource: APIResource) async throws -> [PrintedColumn]? {
        if let columns = known[resource] { return columns }
        let rows = try await database.rows(
            """
            SELECT json FROM objects
            WHERE kind = 'CustomResourceDefinition' AND api_group = 'apiextensions.k8s.io' AND name = ?1 LIMIT 1
            """, [.text(resource.fullName)])
        let definition = rows.first?.first?.text.flatMap { try? JSONValue(parsing: $0.utf8) }
        let columns = definition.flatMap { CustomColumns.columns(of: resource.version, in: $0) }
        known[resource] = columns
        return columns
    }
}
