internal import SQLite

/// Containers of which none goes on from one capture to the other: with them went what was written to their own file systems.
struct ReplacedContainers {
    /// Beyond this they are not told apart.
    private static let most = 200_000

    /// Namespace, workload and container.
    private let keys: Set<[String]>

    init(_ databases: ComparedDatabases) throws {
        let (old, new) = (try Self.read(databases.old), try Self.read(databases.new))
        keys = Set(old.keys.filter { key in new[key].map { $0.isDisjoint(with: old[key] ?? []) } ?? false })
    }

    private static func read(_ database: SQLDatabase) throws -> [[String]: Set<String>] {
        let statement = try database.prepare(
            """
            SELECT x.namespace, \(SectionQuery.workload(pod: "x.pod")), x.name, x.container_id FROM containers x
            WHERE x.container_id <> '' LIMIT \(most)
            """)
        var containers: [[String]: Set<String>] = [:]
        while try statement.step() {
            let row = statement.row.map { $0.text ?? "" }
            containers[Array(row[..<3]), default: []].insert(row[3])
        }
        return containers
    }

    func contains(namespace: String, workload: String, container: String) -> Bool {
        keys.contains([namespace, workload, container])
    }
}
