internal import Inspection
internal import SQLite

/// What a bundle has of the API server's own documents (format.md, section 3.2), each read once.
actor CapturedDocuments {
    private static let root = "data/cluster/api/"
    private static let most = 20_000
    /// Of those that are kept.
    private static let mostKept = 128 << 20

    private let database: EvidenceDatabase
    private var known: [String]?
    private var kept: [String: [UInt8]] = [:]
    private var keptBytes = 0

    init(_ database: EvidenceDatabase) {
        self.database = database
    }

    /// The names of all, below `data/cluster/api/`, without the tables.
    func names() async throws -> [String] {
        if let known { return known }
        guard database.capture.kind == .exhibit else { return [] }
        let rows = try await database.rows(
            """
            SELECT path FROM entries WHERE path >= ?1 AND path < ?2 AND NOT (path >= ?3 AND path < ?4) LIMIT \(Self.most)
            """,
            [
                .text(Self.root), .text("data/cluster/api0"), .text(Self.root + "tables/"),
                .text(Self.root + "tables0"),
            ])
        let names = rows.compactMap { $0[0].text.map { String($0.dropFirst(Self.root.count)) } }
        known = names
        return names
    }

    /// - Parameters:
    ///   - name: as in `apis/apps/v1.json`.
    ///   - limit: in bytes.
    /// - Returns: nil where it was not captured, is longer, or damaged.
    func content(of name: String, limit: Int) async throws -> [UInt8]? {
        if let content = kept[name] { return content }
        guard try await names().contains(name),
            let content = try await database.capture.content(of: Self.root + name, limit: limit)
        else { return nil }
        if kept[name] == nil, keptBytes + content.count <= Self.mostKept {
            kept[name] = content
            keptBytes += content.count
        }
        return content
    }
}
