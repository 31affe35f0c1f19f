internal import SQLite

/// Some objects of a kind, as they were captured: what is read of a database at once.
package struct ObjectPage: Sendable {
    /// Which objects. All of one kind in one version.
    package struct Query: Sendable, Hashable {
        package var kind: String
        /// As in `apps/v1`.
        package var apiVersion: String
        /// Nil for all, and for objects that have none.
        package var namespace: String?
        package var name: String?

        package init(kind: String, apiVersion: String, namespace: String? = nil, name: String? = nil) {
            self.kind = kind
            self.apiVersion = apiVersion
            self.namespace = namespace
            self.name = name
        }
    }

    /// Where an object stands in the order of lists: that of the bytes of `namespace/name`, as the API server's store has it.
    package struct Place: Sendable, Hashable {
        /// `objects.id`.
        package let id: Int64
        /// Its namespace and `/`.
        let space: String
        let name: String
    }

    package struct Row: Sendable {
        package let place: Place
        package let namespace: String?
        package let name: String
        /// Without `managedFields`; empty where only places were asked for.
        package let json: String
        /// JSON; nil where the object has none.
        package let managedFields: String?
    }

    package var rows: [Row] = []
    /// Whether there are no more behind these.
    package var isLast = false
    var bytes = 0

    /// What one page has at most, but for one object.
    package static let mostRows = 500
    package static let mostBytes = 4 << 20

    var isFull: Bool { rows.count >= Self.mostRows || bytes >= Self.mostBytes }
}

extension EvidenceDatabase {
    /// The next objects of a list. Of several of one name, from before and after it was made anew, only the newest counts.
    ///
    /// - Parameters:
    ///   - place: behind which they stand; nil for the first.
    ///   - withContent: else only where they stand.
    /// - Throws: `SQLError`, `CancellationError`.
    package func page(
        of query: ObjectPage.Query, after place: ObjectPage.Place?, withContent: Bool = true
    ) async throws -> ObjectPage {
        let stop = QueryStop()
        return try await withTaskCancellationHandler {
            try await SQLThread.run { [self] in
                try confined(to: QueryLimits(time: .seconds(60)), stop: stop) { database in
                    try ObjectPager(database, query, withContent).page(after: place)
                }
            }
        } onCancel: {
            stop.set()
        }
    }

    /// Where the object of that number stands, if it is of those that are asked for.
    package func place(of id: Int64, in query: ObjectPage.Query) async throws -> ObjectPage.Place? {
        let found = try await rows(
            """
            SELECT ifnull(namespace, '') || '/', name FROM objects
            WHERE id = ?1 AND kind = ?2 AND api_version = ?3 AND name IS NOT NULL AND (?4 IS NULL OR namespace = ?4)
            """, [.integer(id), .text(query.kind), .text(query.apiVersion), SQLValue(query.namespace)]
        ).first
        guard let space = found?[0].text, let name = found?[1].text else { return nil }
        return ObjectPage.Place(id: id, space: space, name: name)
    }
}

/// Reads a page.
private struct ObjectPager {
    private let query: ObjectPage.Query
    private let objects: SQLStatement
    private let nextSpace: SQLStatement

    init(_ database: SQLDatabase, _ query: ObjectPage.Query, _ withContent: Bool) throws {
        self.query = query
        let position =
            query.name == nil ? "(o.name, o.id) > (?3, ?4) AND ?6 IS NULL" : "o.name = ?6 AND (o.id > ?4 OR ?3 IS NULL)"
        let content = withContent ? "o.json, (SELECT m.json FROM managed_fields m WHERE m.object = o.id)" : "'', NULL"
        objects = try database.prepare(
            """
            SELECT o.id, o.namespace, o.name, \(content) FROM objects o
            WHERE o.kind = ?1 AND ifnull(o.namespace, '') || '/' = ?2 AND \(position) AND o.api_version = ?5 AND NOT EXISTS (
                SELECT 1 FROM objects x WHERE x.kind = o.kind
                  AND ifnull(x.namespace, '') || '/' = ifnull(o.namespace, '') || '/' AND x.name = o.name
                  AND x.api_version = o.api_version AND (ifnull(x.created, ''), x.id) > (ifnull(o.created, ''), o.id))
            ORDER BY o.name, o.id
            """)
        nextSpace = try database.prepare(
            """
            SELECT ifnull(namespace, '') || '/' FROM objects WHERE kind = ?1 AND ifnull(namespace, '') || '/' > ?2
            ORDER BY ifnull(namespace, '') || '/' LIMIT 1
            """)
    }

    func page(after place: ObjectPage.Place?) throws -> ObjectPage {
        var page = ObjectPage()
        var place = place
        var space = try query.namespace.map { $0 + "/" } ?? place?.space ?? next(after: "")
        while let current = space {
            let isWithin = place?.space == current
            try objects.bind([
                .text(query.kind), .text(current), .text(isWithin ? place?.name ?? "" : ""),
                .integer(isWithin ? place?.id ?? 0 : 0),
                .text(query.apiVersion), SQLValue(query.name),
            ])
            defer { objects.reset() }
            while try objects.step() {
                let row = objects.row
                guard let id = row[0].integer, let name = row[2].text else { continue }
                let json = row[3].text ?? "", fields = row[4].text
                page.rows.append(
                    ObjectPage.Row(
                        place: ObjectPage.Place(id: id, space: current, name: name), namespace: row[1].text,
                        name: name, json: json, managedFields: fields))
                page.bytes += json.utf8.count + (fields?.utf8.count ?? 0)
                if page.isFull { return page }
            }
            place = nil
            space = query.namespace == nil ? try next(after: current) : nil
        }
        page.isLast = true
        return page
    }

    private func next(after space: String) throws -> String? {
        defer { nextSpace.reset() }
        try nextSpace.bind([.text(query.kind), .text(space)])
        return try nextSpace.step() ? nextSpace[0].text : nil
    }
}
