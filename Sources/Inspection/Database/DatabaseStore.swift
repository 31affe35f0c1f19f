internal import SQLite

/// The database while it is being filled, by one thread at a time.
final class DatabaseStore {
    let database: SQLDatabase
    let limits: DatabaseLimits
    private let insertObject: SQLStatement
    private let insertManagedFields: SQLStatement
    /// Statements by their text, made ready once.
    private var statements: [String: SQLStatement] = [:]
    private var objects = 0
    private var objectsLeft = 0
    private var objectsBytes = 0
    private var problems = 0
    /// Whether a table is missing that another time might be made.
    private(set) var lacksTime = false

    init(_ database: SQLDatabase, _ limits: DatabaseLimits) throws {
        self.database = database
        self.limits = limits
        try database.run("BEGIN")
        for table in DatabaseTable.all { try database.run(table.creation()) }
        try database.run(
            """
            CREATE INDEX exhibit_entries ON entries (path);
            CREATE TABLE exhibit_pod_status (object INTEGER PRIMARY KEY, status TEXT, ready INTEGER, containers INTEGER,
              restarts INTEGER);
            CREATE TABLE exhibit_container_status (object INTEGER, list TEXT, name TEXT, value TEXT);
            CREATE INDEX exhibit_container_statuses ON exhibit_container_status (object, list, name);
            CREATE TABLE exhibit_revisions (object INTEGER PRIMARY KEY, revision TEXT);
            CREATE INDEX exhibit_objects ON objects (kind, namespace, name);
            CREATE INDEX exhibit_object_keys ON objects (kind, ifnull(namespace, '') || '/', name);
            CREATE INDEX exhibit_managed_fields ON managed_fields (object);
            """)
        // The same object stands in several lists. Null is unlike any null: a namespace that is not there is compared as ''.
        insertObject = try database.prepare(
            """
            INSERT INTO objects
            SELECT ?1, j->>'$.apiVersion',
              iif(instr(j->>'$.apiVersion', '/'), substr(j->>'$.apiVersion', 1, instr(j->>'$.apiVersion', '/') - 1), ''), j->>'$.kind', j->>'$.metadata.namespace', j->>'$.metadata.name',
              j->>'$.metadata.uid', j->>'$.metadata.creationTimestamp', j->>'$.metadata.deletionTimestamp',
              (SELECT o.value->>'$.kind' FROM json_each(j, '$.metadata.ownerReferences') o
                ORDER BY o.value->>'$.controller' DESC LIMIT 1),
              (SELECT o.value->>'$.name' FROM json_each(j, '$.metadata.ownerReferences') o
                ORDER BY o.value->>'$.controller' DESC LIMIT 1), ?3, j
            FROM (SELECT json_remove(?2, '$.metadata.managedFields') AS j)
            WHERE j->>'$.metadata.name' IS NULL OR NOT EXISTS (
              SELECT 1 FROM objects x WHERE x.kind IS j->>'$.kind' AND x.namespace IS j->>'$.metadata.namespace'
                AND x.name IS j->>'$.metadata.name' AND x.uid IS j->>'$.metadata.uid'
                AND x.api_version IS j->>'$.apiVersion')
            RETURNING kind
            """)
        insertManagedFields = try database.prepare(
            "INSERT INTO managed_fields SELECT ?1, f FROM (SELECT ?2->'$.metadata.managedFields' AS f) WHERE f IS NOT NULL"
        )
    }

    /// Runs a statement with values.
    func run(_ sql: String, _ values: [SQLValue]) throws {
        if let statement = statements[sql] { return try statement.run(values) }
        let statement = try database.prepare(sql)
        statements[sql] = statement
        try statement.run(values)
    }

    func add(
        entry file: CapturedFile, _ role: FileRole, sha256: String? = nil, media: String? = nil, attempt: Int? = nil
    ) throws {
        let words: String? =
            switch role {
            case .objects: "objects"
            case .log: "log"
            case .other: nil
            }
        try run(
            "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)",
            [
                .text(file.path), SQLValue(file.size), SQLValue(sha256), SQLValue(media), SQLValue(attempt),
                SQLValue(words),
            ])
        guard case .log(let place) = role else { return }
        try run(
            "INSERT INTO logs VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [
                .text(place.namespace), .text(place.pod), SQLValue(place.container), .text(place.stream.rawValue),
                SQLValue(file.size), .text(file.path),
            ])
    }

    /// Adds an object, unless it is there.
    ///
    /// - Parameter status: of a pod, READY, STATUS and RESTARTS.
    func add(object json: [UInt8], from path: String, status: PodStatusColumn?, changes: [ObjectChange]) throws {
        guard objects < limits.objects, objectsBytes + json.count <= limits.objectsBytes else {
            objectsLeft += 1
            return
        }
        defer { insertObject.reset() }
        let id = Int64(objects + 1)
        try insertObject.bind([.integer(id), .null, .text(path)])
        try insertObject.bind(utf8: json[...], at: 2)
        guard try insertObject.step() else { return }
        objects += 1
        objectsBytes += json.count
        // To its end, or the row is not there.
        while try insertObject.step() {}
        defer { insertManagedFields.reset() }
        try insertManagedFields.bind([.integer(id), .null])
        try insertManagedFields.bind(utf8: json[...], at: 2)
        while try insertManagedFields.step() {}
        for change in changes {
            try run(
                """
                INSERT INTO object_changes
                SELECT id, api_group, kind, namespace, name, ?2, ?3, ?4, ?5 FROM objects WHERE id = ?1
                """,
                [
                    .integer(id), SQLValue(change.manager), SQLValue(change.operation), SQLValue(change.subresource),
                    SQLValue(change.time),
                ])
        }
        if let status {
            try run(
                "INSERT INTO exhibit_pod_status VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    .integer(id), .text(status.status), SQLValue(status.ready), SQLValue(status.containers),
                    SQLValue(status.restarts),
                ])
        }
    }

    func note(_ subject: String, _ reason: String, isEntry: Bool = false) throws {
        if isEntry {
            try run("UPDATE entries SET problem = ?2 WHERE path = ?1", [.text(subject), .text(reason)])
        }
        problems += 1
        guard problems <= limits.problems else { return }
        try run("INSERT INTO problems VALUES (?1, ?2)", [.text(subject), .text(reason)])
    }

    func fact(_ name: String, _ value: String?) throws {
        guard let value, !value.isEmpty else { return }
        try run("INSERT INTO bundle VALUES (?1, ?2)", [.text(name), .text(value)])
    }

    /// Makes the tables that follow from others, and ends the writing.
    func finish() throws {
        // Each table is a transaction of its own: a statement that is ended takes all of its transaction with it.
        try database.run("COMMIT")
        try fill(
            "exhibit_container_status",
            """
            SELECT o.id, l.value, s.value->>'$.name', s.value
            FROM objects o, json_each('["containerStatuses","initContainerStatuses","ephemeralContainerStatuses"]') l,
              json_each(o.json, '$.status.' || l.value) s
            WHERE o.kind = 'Pod' AND o.api_group = '' AND s.type = 'object'
            """)
        for table in DatabaseTable.all {
            guard let fill = table.fill else { continue }
            try self.fill(table.name, fill)
            if let index = table.index {
                try database.run("CREATE INDEX \"exhibit_\(table.name)\" ON \"\(table.name)\" (\(index))")
            }
        }
        // No view can read it from the JSON: to SQLite its functions are not safe where the schema is not trusted.
        try fill(
            "exhibit_revisions",
            """
            SELECT id, json->>'$.metadata.annotations."deployment.kubernetes.io/revision"' FROM objects
            WHERE kind = 'ReplicaSet'
            """)
        if objectsLeft > 0 { try note("objects", "\(objectsLeft) objects are left out, being too many") }
        if problems > limits.problems {
            try run(
                "INSERT INTO problems VALUES (?1, ?2)",
                [.text("problems"), .text("\(problems - limits.problems) more are not listed")])
        }
        database.limitTime(to: nil)
        statements = [:]
        try CombinedTables.create(in: database)
    }

    /// Fills a table from others.
    private func fill(_ table: String, _ select: String) throws {
        try Task.checkCancellation()
        do {
            database.limitTime(to: limits.tableTime)
            // What many refer to many by can be far more than was captured.
            try database.run("INSERT INTO \"\(table)\" SELECT * FROM (\(select)) LIMIT \(limits.tableRows)")
            let rows = try database.rows("SELECT changes()").first?.first?.integer ?? 0
            if rows >= Int64(limits.tableRows) { try note(table, "it has only the first \(limits.tableRows) rows") }
        } catch let error as SQLError {
            guard error.code == .badSQL || error.code == .outOfTime else { throw error }
            if error.code == .outOfTime { lacksTime = true }
            // Of what is not made as the API server makes it: it costs this table, and no other.
            try note(table, "the table could not be made of the objects: \(error.reason)")
        }
    }
}
