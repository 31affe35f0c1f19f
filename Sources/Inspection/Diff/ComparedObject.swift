internal import SQLite

/// An object as far as it is needed to find it in another capture.
struct ComparedObject {
    let id: Int64
    let group, kind, namespace, name: String
    let uid: String?
    let entry: String
    let ownerKind, ownerName: String
    let created: String
    /// Its name is of the moment: its controller makes another when it makes it anew.
    let isGenerated: Bool

    /// What it is found by, in the order of the reader.
    var key: [String] { [kind, namespace, name, group] }

    var subject: [Difference.Part] {
        [("kind", kind), ("group", group), ("namespace", namespace), ("name", name)]
            .filter { !$0.1.isEmpty }.map { Difference.Part($0.0, $0.1) }
    }
}

/// Reads objects in the order of their keys; of several with one key the newest. Events are left out: they are no state.
struct ObjectReader {
    private let statement: SQLStatement
    private let workloadOf: SQLStatement
    private let namespace: String?
    private var last: [String]?

    init(_ database: SQLDatabase, namespace: String?) throws {
        self.namespace = namespace
        statement = try database.prepare(
            """
            SELECT id, api_group, kind, coalesce(namespace, ''), name, uid, entry, coalesce(owner_kind, ''), coalesce(owner_name, ''),
              coalesce(created, ''),
              owner_name IS NOT NULL AND (kind IN ('ReplicaSet', 'ControllerRevision') OR kind = 'Job' AND owner_kind = 'CronJob'
                OR kind = 'Pod' AND owner_kind IN ('ReplicaSet', 'DaemonSet', 'Job', 'ReplicationController')
                OR owner_kind NOT IN ('StatefulSet', 'Node') AND json->>'$.metadata.generateName' IS NOT NULL)
            FROM objects WHERE kind IS NOT NULL AND name IS NOT NULL AND kind <> 'Event'
            ORDER BY kind, objects.namespace, name, api_group, created DESC, uid
            """)
        workloadOf = try database.prepare("SELECT workload_kind || '/' || workload FROM pods WHERE object = ?1")
    }

    mutating func next() throws -> ComparedObject? {
        while try statement.step() {
            let row = statement.row
            func text(_ index: Int) -> String { row[index].text ?? "" }
            let object = ComparedObject(
                id: row[0].integer ?? 0, group: text(1), kind: text(2), namespace: text(3), name: text(4),
                uid: row[5].text,
                entry: text(6), ownerKind: text(7), ownerName: text(8), created: text(9),
                isGenerated: row[10].integer == 1)
            if let namespace, object.namespace != namespace { continue }
            if let last, KeyedRows.order(last, object.key) == 0 { continue }
            last = object.key
            return object
        }
        return nil
    }

    /// What it belongs to in the end, as `Deployment/api`; nil where its name is its own.
    func owner(of object: ComparedObject) throws -> String? {
        guard object.isGenerated else { return nil }
        defer { workloadOf.reset() }
        try workloadOf.bind([.integer(object.id)])
        // Of a pod: through its ReplicaSet or Job.
        if try workloadOf.step(), let workload = workloadOf[0].text { return workload }
        return "\(object.ownerKind)/\(object.ownerName)"
    }
}

/// Objects with generated names, of which one capture has some and the other others, by what they belong to.
struct GeneratedGroups {
    struct Group {
        let owner: String
        var gone: ComparedObject?
        var new: ComparedObject?
        var goneCount = 0
        var newCount = 0
        var keptCount = 0
    }

    private struct Key: Hashable {
        let kind, group, namespace, owner: String
    }

    private static let most = 50_000
    private var groups: [Key: Group] = [:]

    private mutating func group(_ object: ComparedObject, _ owner: String?) -> Key? {
        guard let owner else { return nil }
        let key = Key(kind: object.kind, group: object.group, namespace: object.namespace, owner: owner)
        if groups[key] == nil {
            guard groups.count < Self.most else { return nil }
            groups[key] = Group(owner: owner)
        }
        return key
    }

    /// One that both captures have.
    mutating func keep(_ object: ComparedObject, owner: String?) {
        if let key = group(object, owner) { groups[key]?.keptCount += 1 }
    }

    /// - Returns: false where it is an object like any other.
    mutating func add(_ object: ComparedObject, gone: Bool, owner: String?) throws -> Bool {
        guard let key = group(object, owner) else { return false }
        if gone {
            groups[key]?.goneCount += 1
            if (groups[key]?.gone?.created ?? "") <= object.created { groups[key]?.gone = object }
        } else {
            groups[key]?.newCount += 1
            if (groups[key]?.new?.created ?? "") <= object.created { groups[key]?.new = object }
        }
        return true
    }

    var sorted: [Group] {
        groups.filter { $0.value.goneCount + $0.value.newCount > 0 }.sorted { one, other in
            let (left, right) = (one.key, other.key)
            return KeyedRows.order(
                [left.kind, left.namespace, left.owner, left.group],
                [right.kind, right.namespace, right.owner, right.group]) < 0
        }.map(\.value)
    }
}
