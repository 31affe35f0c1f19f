/// What a report asks, and how much of the answer it shows.
enum ReportQueries {
    private static let object =
        "coalesce(t.namespace || '/', '') || coalesce(t.name, '') || coalesce('/' || t.container, '')"
    private static let place =
        "coalesce(t.namespace || '/' || t.pod || coalesce('/' || t.container, ''), 'node ' || t.node, '')"

    static let gaps = ReportQuery(
        from: """
            (SELECT collector, state, reason, count(*) AS attempts, min(message) AS example FROM ledger
            WHERE state NOT IN ('ok', 'empty') GROUP BY collector, state, reason)
            """,
        order: "state IN ('missing', 'skipped'), attempts DESC, collector, state, reason", limit: 60,
        all: "SELECT * FROM ledger WHERE state NOT IN ('ok', 'empty')",
        [
            .init("Collector", .code, "t.collector"), .init("Outcome", .state, "t.state"),
            .init("Reason", .text, "t.reason"), .init("Attempts", .number, "t.attempts"),
            .init("For example", .text, "t.example"),
        ])

    static let problems = ReportQuery(
        from: "problems", order: "subject, reason", limit: 40,
        [.init("What", .code, "t.subject"), .init("Why", .text, "t.reason")])

    /// The same thing again of the same object is one row. Logs are read for it: all of it is one statement.
    static let timeline = timeline(of: "severity <> 'info'")

    /// No log is read for it.
    static let timelineWithoutLogs = timeline(of: "severity <> 'info' AND source <> 'log'")

    private static func timeline(of condition: String) -> ReportQuery {
        var query = ReportQuery(
            from: """
                (SELECT max(time) AS time, min(time) AS first, count(*) AS times, source, severity, kind, namespace, name, container,
                what, entry FROM timeline WHERE \(condition) AND time IS NOT NULL AND what NOT LIKE 'ContainersReady became%'
                GROUP BY source, severity, kind, namespace, name, container, substr(what, 1, instr(what || ':', ':')))
                """,
            order: "time DESC, severity, source, namespace, name, container, what", limit: 150,
            all: "SELECT * FROM timeline WHERE \(condition) ORDER BY time", timelineColumns)
        query.isCostly = true
        return query
    }

    private static let timelineColumns: [ReportQuery.Column] = [
        .init("Last (UTC)", .time, "t.time"),
        .init(
            "First", .time,
            "CASE WHEN t.first = t.time THEN NULL WHEN substr(t.first, 1, 10) = substr(t.time, 1, 10) THEN substr(t.first, 12, 8) ELSE t.first END"
        ),
        .init("Records", .number, "t.times"), .init("", .state, "t.severity"),
        .init("Of", .code, "coalesce(t.kind || ' ', '') || " + object), .init("What", .text, "t.what"),
    ]

    static let pods = ReportQuery(
        from: "(SELECT p.*, \(PodConcern.sql("p")) AS concern FROM pods p) WHERE concern < 2",
        order: "concern, restarts DESC, namespace, name", limit: 80,
        all: """
            SELECT * FROM pods
            WHERE NOT (status IN ('Completed', 'Succeeded') OR status = 'Running' AND ready = containers) OR restarts > 0
            """,
        [
            .init("Pod", .code, "t.namespace || '/' || t.name"), .init("Status", .state, "t.status"),
            .init("Ready", .text, "t.ready || '/' || t.containers"), .init("Restarts", .number, "t.restarts"),
            .init(
                "Last end",
                .text,
                """
                SELECT group_concat(c.name || ': ' || coalesce(nullif(coalesce(c.last_reason, c.reason), ''), 'ended')
                  || coalesce(', exit code ' || coalesce(c.last_exit_code, c.exit_code), '')
                  || coalesce(', ' || substr(coalesce(c.last_finished, c.finished), 12, 8), ''), '; ')
                FROM containers c WHERE c.object = t.object AND coalesce(c.last_exit_code, c.exit_code, 0) <> 0
                """),
            .init(
                "Says", .text,
                """
                coalesce(nullif(t.message, ''), (SELECT min(c.message) FROM containers c WHERE c.object = t.object
                  AND c.state = 'waiting'), (SELECT min(d.message) FROM conditions d WHERE d.object = t.object
                  AND d.type = 'PodScheduled' AND d.status = 'False'))
                """),
            .init("Node", .code, "t.node"),
        ])

    static let workloads = ReportQuery(
        from: """
            (SELECT *, iif(kind IN ('Job', 'CronJob'), coalesce(failed, 0) > 0, coalesce(ready, 0) < coalesce(desired, 0)) AS bad
            FROM workloads WHERE owner_kind IS NULL AND NOT (kind = 'ReplicaSet' AND coalesce(desired, 0) = 0))
            """,
        order: "bad DESC, namespace, kind, name", limit: 80, all: "SELECT * FROM workloads",
        [
            .init("Workload", .code, "t.kind || ' ' || t.namespace || '/' || t.name"),
            .init("", .state, "iif(t.bad, 'not ready', '')"), .init("Wanted", .number, "t.desired"),
            .init("Ready", .number, "t.ready"), .init("Updated", .number, "t.updated"),
            .init("Succeeded", .number, "t.succeeded"), .init("Failed", .number, "t.failed"),
            .init(
                "Note", .text,
                """
                substr(iif(t.paused, '; ' || iif(t.kind IN ('Job', 'CronJob'), 'suspended', 'paused'), '')
                  || iif(t.observed_generation < t.generation, '; its controller has not seen the newest template', '')
                  || coalesce('; schedule ' || t.schedule, ''), 3)
                """),
        ])

    private static func share(_ used: String, of all: String) -> String {
        "SELECT printf('%d %%', 100.0 * \(used) / nullif(\(all), 0)) FROM kubelet_nodes k WHERE k.node = t.name LIMIT 1"
    }

    static let nodes = ReportQuery(
        from: "nodes", order: "ready = 'True' AND coalesce(unschedulable, 0) = 0, name", limit: 60,
        [
            .init("Node", .code, "t.name"),
            .init("", .state, "iif(t.ready = 'True', 'Ready', 'NotReady')"),
            .init(
                "Conditions", .text,
                """
                trim(iif(t.memory_pressure = 'True', 'memory pressure ', '') || iif(t.disk_pressure = 'True', 'disk pressure ', '')
                  || iif(t.pid_pressure = 'True', 'PID pressure ', '') || iif(t.unschedulable, 'cordoned ', '')
                  || iif(t.ready = 'True', '', coalesce(t.reason || ': ', '') || coalesce(t.message, '')))
                """),
            .init(
                "CPU used", .text,
                "SELECT printf('%.2f of %s', cpu_nanocores / 1e9, t.cpu) FROM kubelet_nodes k WHERE k.node = t.name LIMIT 1"
            ),
            .init(
                "Memory used", .text,
                share("memory_working_set_bytes", of: "(memory_working_set_bytes + memory_available_bytes)")),
            .init("Disk used", .text, share("(fs_capacity_bytes - fs_available_bytes)", of: "fs_capacity_bytes")),
            .init("PIDs", .text, share("processes_now", of: "processes_max")), .init("Kubelet", .code, "t.version"),
            .init("Runtime", .code, "t.runtime"), .init("Kernel", .code, "t.kernel"),
        ])

    static let restarts = ReportQuery(
        from: "containers WHERE restarts > 0", order: "restarts DESC, namespace, pod, name", limit: 20,
        [
            .init("Container", .code, "t.namespace || '/' || t.pod || '/' || t.name"),
            .init("Restarts", .number, "t.restarts"),
            .init(
                "Last end", .text,
                "coalesce(nullif(t.last_reason, ''), '') || coalesce(', exit code ' || t.last_exit_code, '')"),
        ])

    static let processes = ReportQuery(
        from: """
            (SELECT p.*, count(*) AS processes, min(p.pid) AS first_pid,
              CASE WHEN executable LIKE '/memfd:%' OR executable LIKE 'memfd:%' THEN 1 WHEN executable_deleted = 1 THEN 2
                WHEN executable LIKE '/tmp/%' OR executable LIKE '/var/tmp/%' OR executable LIKE '/dev/shm/%' THEN 3
                WHEN pod IS NOT NULL AND (namespace, pod, container, executable) IN (SELECT namespace, pod, container, path
                  FROM files WHERE change IN ('added', 'modified', 'recent')) THEN 4
                WHEN pod IS NULL AND (node, executable) IN (SELECT node, path FROM host_unowned_programs) THEN 5
              END AS why FROM processes p GROUP BY namespace, pod, container, node, executable, executable_deleted, source)
            WHERE why IS NOT NULL
            """,
        order: "why, namespace, pod, container, node, executable, source", limit: 60,
        all: "SELECT * FROM processes",
        [
            .init("Where", .code, place), .init("Program", .code, "t.executable"),
            .init("Called", .code, "t.name"),
            .init(
                "Why it is here", .text,
                """
                CASE t.why WHEN 1 THEN 'runs from memory: it is in no file' WHEN 2 THEN 'its file is gone'
                  WHEN 3 THEN 'lies where everybody may write' WHEN 4 THEN 'is not of the image: added or changed since'
                  ELSE 'of no package of the node' END
                """),
            .init("Processes", .number, "t.processes"), .init("First PID", .text, "CAST(t.first_pid AS TEXT)"),
            .init("SHA-256", .code, "substr(t.sha256, 1, 16) || '…'"), .init("Whose word", .text, "t.source"),
        ])

    static let files = ReportQuery(
        from: "files WHERE change IS NOT NULL AND change <> 'unchanged' AND type IS NOT 'directory'",
        order: """
            setuid IS NOT 1, capability IS NULL, size = 0, NOT (type = 'regular' AND substr(mode, -3) GLOB '*[1357]*'),
            namespace, pod, container, node, path, source
            """, limit: 80,
        [
            .init("Where", .code, place), .init("File", .code, "t.path"), .init("Change", .text, "t.change"),
            .init("Mode", .code, "t.mode"), .init("Size", .bytes, "t.size"),
            .init("Changed (UTC)", .time, "coalesce(t.changed, t.modified)"),
            .init("Note", .text, "trim(iif(t.setuid, 'setuid ', '') || coalesce('capabilities ' || t.capability, ''))"),
            .init("Whose word", .text, "t.source"),
        ])

    static let actions = ReportQuery(
        from: """
            (SELECT action, count(*) AS times, count(DISTINCT coalesce(namespace, '') || '/' || name) AS targets,
            min(time) AS first, max(time) AS last FROM custody GROUP BY action)
            """,
        order: "first, action", limit: 40, all: "SELECT * FROM custody",
        [
            .init("Action", .code, "t.action"), .init("Times", .number, "t.times"),
            .init("Targets", .number, "t.targets"), .init("First (UTC)", .time, "t.first"),
            .init("Last", .time, "t.last"),
        ])

    static let custody = ReportQuery(
        from: "custody", order: "n", limit: 60,
        [
            .init("Time (UTC)", .time, "t.time"), .init("Action", .code, "t.action"),
            .init("Target", .code, "coalesce(t.kind || ' ', '') || " + object),
            .init(
                "With", .code,
                "substr(coalesce(t.detail ->> '$.argv', t.detail), 1, 200) || iif(length(coalesce(t.detail ->> '$.argv', t.detail)) > 200, '…', '')"
            ),
        ])

    static let collectors = ReportQuery(
        from: """
            (SELECT collector, count(*) AS attempts, sum(entries) AS entries, sum(bytes) AS bytes,
            sum(state IN ('ok', 'empty')) AS good, sum(coalesce(truncated, 0)) AS cut FROM ledger GROUP BY collector)
            """,
        order: "collector", limit: 200, all: "SELECT * FROM ledger",
        [
            .init("Collector", .code, "t.collector"), .init("Attempts", .number, "t.attempts"),
            .init("Succeeded", .number, "t.good"), .init("Files", .number, "t.entries"),
            .init("Size", .bytes, "t.bytes"), .init("Cut by a limit", .number, "nullif(t.cut, 0)"),
        ])
}
