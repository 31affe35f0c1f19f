internal import SQLite

/// What a section compares: rows of a statement that have keys, and fields.
struct SectionQuery: Sendable {
    /// How the values of a field are taken together, of rows with the same keys.
    enum Taken: Sendable {
        /// All that there are, in order.
        case each
        case sum
        /// The first, to show: that it differs is no difference.
        case example
    }

    /// What must have been captured for a row to be there.
    enum Needs: Sendable {
        /// What the file is of that the row is from.
        case sameAttempt
        case objects(group: String, kind: String)
        /// RoleBindings, or where there is no namespace ClusterRoleBindings.
        case bindings
        /// Nothing: it is not claimed that something is gone.
        case nothing
    }

    let section: DifferenceSection
    let keys: [String]
    let fields: [(name: String, taken: Taken)]
    /// Its columns are the keys, then the fields, then the file; its rows are in the order of the keys.
    let sql: String
    var needs = Needs.sameAttempt
    /// Counts rows with the same keys, as a field `count`.
    var counts = false
    /// Whether it is worth a line; nil: always.
    var isTelling: (@Sendable (_ old: KeyedRows?, _ new: KeyedRows?) -> Bool)?

    /// What the pod of a row belongs to, as `Deployment/api`: pods come and go, and have other names then. A pod that has a name to
    /// keep is itself: `Pod/store-0`.
    static func workload(pod: String) -> String {
        """
        coalesce((SELECT iif(w.workload IS NULL OR w.workload_kind IN ('StatefulSet', 'Node'), 'Pod/' || w.name,
          w.workload_kind || '/' || w.workload) FROM objects po JOIN pods w ON w.object = po.id
          WHERE po.kind = 'Pod' AND po.namespace = x.namespace AND po.name = \(pod) LIMIT 1), 'Pod/' || \(pod))
        """
    }

    /// Of a row of what a collector brings, which may be of a host.
    private static let place = placeOfPod + ", coalesce(x.container, '')"
    private static let placeOfPod =
        "coalesce(x.namespace, ''), coalesce(\(workload(pod: "x.pod")), 'Node/' || x.node, 'Host')"

    private static let ofPods = Needs.objects(group: "", kind: "Pod")

    static let all: [SectionQuery] = [
        SectionQuery(
            section: .images, keys: ["namespace", "workload", "container"],
            fields: [("image", .each), ("imageID", .each)],
            sql: """
                SELECT x.namespace, \(workload(pod: "x.pod")), x.name, x.image, nullif(x.image_id, ''), NULL FROM containers x
                """, needs: ofPods,
            // An image that is not pulled yet has no digest.
            isTelling: { old, new in
                guard let old, let new else { return true }
                return old.fields[0] != new.fields[0] || !(old.fields[1].isEmpty || new.fields[1].isEmpty)
            }),
        SectionQuery(
            section: .restarts, keys: ["namespace", "workload", "container"],
            fields: [("restarts", .sum), ("state", .each), ("lastEnd", .each)],
            sql: """
                SELECT x.namespace, \(workload(pod: "x.pod")), x.name, x.restarts,
                  nullif(coalesce(nullif(x.reason, ''), x.state, '') || coalesce(' (exit code ' || x.exit_code || ')', ''), ''),
                  nullif(coalesce(x.last_reason, '') || coalesce(' (exit code ' || x.last_exit_code || ')', ''), ''), NULL
                FROM containers x
                """, needs: ofPods,
            isTelling: { old, new in
                guard old != nil, let new else {
                    return new.map { $0.fields[0] != ["0"] || $0.fields[1] != ["running"] } ?? false
                }
                return true
            }),
        SectionQuery(
            section: .warnings, keys: ["reason", "namespace", "kind"],
            fields: [("count", .sum), ("message", .example)],
            sql: """
                SELECT coalesce(x.reason, ''), coalesce(x.namespace, ''), coalesce(x.object_kind, ''), x.count, x.message, NULL, x.last_time
                FROM events x WHERE x.type = 'Warning'
                """, needs: .objects(group: "", kind: "Event"),
            // The API server forgets events after an hour: that there are fewer says nothing.
            isTelling: { old, new in
                guard let new else { return false }
                return (Int(new.fields[0].first ?? "") ?? 0) > (old.flatMap { Int($0.fields[0].first ?? "") } ?? 0)
            }),
        SectionQuery(
            section: .nodes, keys: ["node"],
            fields: [
                "ready", "reason", "unschedulable", "memoryPressure", "diskPressure", "pidPressure", "version", "os",
                "kernel",
                "runtime", "cpu", "memory", "pods", "taints",
            ].map { ($0, .each) },
            sql: """
                SELECT x.name, ready, iif(ready = 'True', NULL, reason), unschedulable, memory_pressure, disk_pressure, pid_pressure,
                  version, os, kernel, runtime, cpu, memory, pods, taints, NULL FROM nodes x
                """, needs: .objects(group: "", kind: "Node")),
        SectionQuery(
            section: .rbac, keys: ["subject", "namespace", "may"], fields: [("by", .each)],
            sql: """
                SELECT coalesce(b.subject_kind, '') || ' ' || coalesce(b.subject_namespace || '/', '') || coalesce(b.subject, ''),
                  coalesce(b.namespace, ''),
                  coalesce(\(words("r.verbs")), '') || coalesce(' ' || \(words("r.resources")), '')
                    || coalesce(' named ' || \(words("r.names")), '') || coalesce(' ' || \(words("r.urls")), '')
                    || coalesce(nullif(' of ' || \(words("r.groups")), ' of '), '')
                    || iif(r.role IS NULL, 'what ' || b.role_kind || ' ' || b.role || ' allows, which is not in the capture', ''),
                  b.kind || ' ' || b.name || ' to ' || b.role_kind || ' ' || b.role, NULL
                FROM role_bindings b LEFT JOIN role_rules r ON r.kind = b.role_kind AND r.role = b.role
                  AND (r.kind = 'ClusterRole' OR r.namespace IS b.namespace)
                """, needs: .bindings),
        SectionQuery(
            section: .connections, keys: ["namespace", "workload", "direction", "protocol", "address"],
            fields: [("process", .each)], sql: connections),
        SectionQuery(
            section: .processes, keys: ["namespace", "workload", "container", "program", "command"],
            fields: [("sha256", .each), ("uid", .each)],
            sql: """
                SELECT \(place), coalesce(x.executable, x.name, ''), coalesce(x.command_line, ''), x.sha256, x.uid, x.entry
                FROM processes x
                -- Threads of the kernel come and go.
                WHERE NOT (x.pod IS NULL AND coalesce(x.executable, '') = '' AND coalesce(x.command_line, '') IN ('', '[]', '[""]'))
                """, counts: true),
        SectionQuery(
            section: .files, keys: ["namespace", "workload", "container", "path"],
            fields: [
                ("change", .each), ("sha256", .each), ("size", .each), ("mode", .each), ("link", .each),
                ("modified", .each),
            ],
            sql: """
                -- A folder is another whenever a file comes or goes.
                SELECT \(place), coalesce(x.path, ''), x.change, x.sha256, iif(x.type = 'directory', NULL, x.size),
                  x.mode, x.link_target, iif(x.sha256 IS NULL AND x.type <> 'directory', x.modified, NULL), x.entry FROM files x
                """,
            // What was changed lately then need not be changed lately now.
            isTelling: { old, new in new != nil || old?.fields[0] != ["recent"] }),
        SectionQuery(
            section: .environment, keys: ["namespace", "workload", "container", "name"], fields: [], sql: specified,
            needs: ofPods),
        SectionQuery(
            section: .environment, keys: ["namespace", "workload", "container", "name"], fields: [],
            sql: """
                SELECT \(place), coalesce(x.name, '') || ' (of the running container)', x.entry FROM container_environment x
                UNION ALL
                SELECT \(place), coalesce(x.variable, '') || ' (of a process)', x.entry FROM container_environment_names x
                """),
        SectionQuery(
            section: .packages, keys: ["namespace", "workload", "container", "package"], fields: [("version", .each)],
            sql: """
                SELECT \(place), coalesce(x.name, '') || coalesce(' ' || nullif(x.architecture, ''), ''), x.version, x.entry
                FROM host_packages x
                UNION ALL
                SELECT \(place), coalesce(x.name, ''), x.version, x.entry FROM container_dpkg_packages x
                UNION ALL
                SELECT \(place), coalesce(x.path, ''), NULL, x.entry FROM container_python_packages x
                """),
        SectionQuery(
            section: .captured, keys: ["collector", "step", "resource", "namespace"], fields: [("ended", .each)],
            sql: """
                SELECT x.collector, x.step, coalesce(x.resource, ''), coalesce(x.namespace, ''),
                  iif(x.state IN ('ok', 'empty'), 'ok', x.state || coalesce(' ' || nullif(x.reason, ''), ''))
                    || iif(x.truncated = 1, ', cut by a limit', ''), NULL FROM ledger x
                """, needs: .nothing),
    ]

    /// A JSON array of words, as words.
    private static func words(_ column: String) -> String {
        "replace(replace(replace(nullif(\(column), '[\"\"]'), '[\"', ''), '\"]', ''), '\",\"', ', ')"
    }

    /// Ports of the kernel's choice are left out: they are others each time. A pod's address is so, too: it stands for its workload.
    /// Containers of a pod have one network: what one of them is connected with, each of them shows.
    private static let connections = """
        WITH listening AS (SELECT DISTINCT entry, local_port FROM sockets WHERE state = 'LISTEN'),
        peers AS MATERIALIZED (
          SELECT ip, coalesce(namespace || '/', '') || iif(workload IS NULL OR workload_kind IN ('StatefulSet', 'Node'),
            'Pod/' || name, workload_kind || '/' || workload) AS workload, max(phase = 'Running') FROM pods
          WHERE ip <> '' AND host_network IS NOT 1 GROUP BY ip)
        SELECT \(placeOfPod), 'listens on', coalesce(x.family, ''), coalesce(x.local_address, '') || ':' || x.local_port, x.process, x.entry
        FROM sockets x WHERE x.local_port IS NOT NULL AND (x.state = 'LISTEN' OR x.family LIKE 'udp%' AND coalesce(x.remote_port, 0) = 0
          AND x.local_port BETWEEN 1 AND 32767)
        UNION ALL
        SELECT \(placeOfPod), iif(l.local_port IS NULL, 'talks to', 'is called by'), coalesce(x.family, ''),
          coalesce(p.workload, x.remote_address)
            || iif(l.local_port IS NULL, ':' || x.remote_port, ' on port ' || x.local_port),
          x.process, x.entry
        FROM sockets x LEFT JOIN listening l ON l.entry = x.entry AND l.local_port = x.local_port
          LEFT JOIN peers p ON p.ip = iif(x.remote_address LIKE '::ffff:%.%', substr(x.remote_address, 8), x.remote_address)
        WHERE x.state IN ('ESTAB', 'SYN-SENT') AND x.remote_port > 0 AND x.remote_address IS NOT NULL
        """

    private static let specified = """
        SELECT x.namespace, \(workload(pod: "x.pod")), x.name, coalesce(e.value->>'$.name', ''), NULL
        FROM containers x, json_each(x.spec, '$.env') e WHERE e.type = 'object'
        UNION ALL
        SELECT x.namespace, \(workload(pod: "x.pod")), x.name, 'all of ' || r.key || ' ' || coalesce(r.value->>'$.name', ''), NULL
        FROM containers x, json_each(x.spec, '$.envFrom') e, json_each(e.value) r WHERE e.type = 'object' AND r.type = 'object'
        """

    /// The statement, in order.
    var ordered: String {
        let order = (1...keys.count).map { "\($0)" }.joined(separator: ", ")
        return sql + " ORDER BY " + order + (section == .warnings ? ", x.last_time DESC" : "")
    }
}
