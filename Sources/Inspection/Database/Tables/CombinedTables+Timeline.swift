extension CombinedTables {
    /// Which update status all the time, and what that says is in conditions and events. Older API servers do not say that it is the
    /// status that was updated.
    private static let ownControllers =
        "'kubelet', 'kube-scheduler', 'kube-controller-manager', 'cloud-controller-manager', 'kube-apiserver'"

    /// A time in one form, where it is RFC 3339: SQLite takes `now` and a bare number for times, too.
    private static func moment(_ text: String) -> String {
        "iif(upper(\(text)) GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:*', strftime('%Y-%m-%dT%H:%M:%fZ', upper(\(text))), NULL)"
    }

    static let timeline = DatabaseTable(
        name: "timeline", says: "Something that happened, or that is known to have been so, at a time.",
        columns: """
            time TEXT -- RFC 3339 in UTC with milliseconds: texts sort as times do
            source TEXT -- `event`, `container`, `object`, `log`, `process`, `file`, `capture`
            severity TEXT -- `info`, `warning` or `error`
            kind TEXT -- of what it is about
            namespace TEXT -- of what it is about
            name TEXT -- of what it is about
            container TEXT -- of the pod
            what TEXT -- what happened, in words
            entry TEXT -- the file that says so
            """,
        fill: """
            SELECT \(moment("e.last_time")), 'event', iif(e.type = 'Warning', 'warning', 'info'),
              e.object_kind, e.namespace, e.object_name, NULL,
              coalesce(nullif(e.reason, '') || ': ', '') || coalesce(e.message, '') || iif(e.count > 1, ' (' || e.count || ' times since ' || e.first_time || ')', ''),
              o.entry
            FROM events e JOIN objects o ON o.id = e.object
            UNION ALL
            SELECT \(moment("o.created")), 'object', 'info', o.kind, o.namespace, o.name, NULL,
              o.kind || ' created' || coalesce(', revision ' || r.revision, ''), o.entry
            FROM objects o LEFT JOIN exhibit_revisions r ON r.object = o.id
            WHERE o.kind NOT IN ('Event', 'Lease') AND o.created IS NOT NULL
            UNION ALL
            SELECT \(moment("c.time")), 'object', 'info', c.kind, c.namespace, c.name, NULL,
              coalesce(nullif(c.manager, ''), 'somebody') || iif(c.operation = 'Apply', ' applied ', ' updated ')
                || coalesce('its ' || nullif(c.subresource, ''), 'it'), o.entry
            FROM object_changes c JOIN objects o ON o.id = c.object
            WHERE c.kind NOT IN ('Event', 'Lease') AND c.time IS NOT NULL AND c.time > coalesce(o.created, '')
              AND (coalesce(c.subresource, '') NOT IN ('', 'status')
                OR coalesce(c.subresource, '') = '' AND coalesce(c.manager, '') NOT IN (\(ownControllers)))
            UNION ALL
            SELECT \(moment("deleted")), 'object', 'warning', kind, namespace, name, NULL,
              kind || ' is to be deleted', entry
            FROM objects WHERE deleted IS NOT NULL
            UNION ALL
            SELECT \(moment("c.changed")), 'object',
              iif(c.type IN ('Ready', 'Available', 'Initialized', 'PodScheduled', 'ContainersReady', 'Progressing', 'AbleToScale',
                  'ScalingActive') AND c.status <> 'True' AND coalesce(c.reason, '') NOT IN ('PodCompleted', 'ScalingDisabled')
                  AND o.api_group IN ('', 'apps', 'autoscaling', 'apiregistration.k8s.io')
                OR c.type IN ('MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable', 'ReplicaFailure', 'Failed',
                  'Degraded') AND c.status = 'True', 'warning', 'info'),
              c.kind, c.namespace, c.name, NULL,
              c.type || ' became ' || c.status || coalesce(' (' || nullif(c.reason, '') || ')', ''), o.entry
            FROM conditions c JOIN objects o ON o.id = c.object WHERE c.changed IS NOT NULL
            UNION ALL
            SELECT \(moment("c.started")), 'container', 'info', 'Pod', c.namespace, c.pod, c.name,
              'container started' || iif(c.restarts > 0, ', for the ' || (c.restarts + 1) || '. time', ''), o.entry
            FROM containers c JOIN objects o ON o.id = c.object WHERE c.started IS NOT NULL
            UNION ALL
            SELECT \(moment("c.finished")), 'container', iif(c.exit_code = 0, 'info', 'error'), 'Pod',
              c.namespace, c.pod, c.name,
              'container ended: ' || coalesce(c.reason, '') || ', exit code ' || coalesce(c.exit_code, '?'), o.entry
            FROM containers c JOIN objects o ON o.id = c.object WHERE c.finished IS NOT NULL
            UNION ALL
            SELECT \(moment("c.last_finished")), 'container', iif(c.last_exit_code = 0, 'info', 'error'),
              'Pod', c.namespace, c.pod, c.name,
              'container ended before: ' || coalesce(c.last_reason, '') || ', exit code ' || coalesce(c.last_exit_code, '?'),
              o.entry
            FROM containers c JOIN objects o ON o.id = c.object WHERE c.last_finished IS NOT NULL
            UNION ALL
            SELECT \(moment("iif(x.is_last, p.last_time, p.first_time)")), 'log', iif(p.level = 'warning', 'warning', 'error'),
              'Pod', p.namespace, p.pod, p.container,
              iif(p.pattern = '(other lines)', 'other lines', iif(x.is_last, p.pattern, p.example)) || iif(p.count = 1, '', iif(x.is_last, ' (the last of ', ' (the first of ') || p.count || ' such lines)'),
              p.entry
            FROM log_patterns('warning') p CROSS JOIN (SELECT 0 AS is_last UNION ALL SELECT 1) x
            WHERE p.level IS NOT NULL AND p.first_time IS NOT NULL AND (x.is_last = 0 OR p.count > 1)
            UNION ALL
            SELECT \(moment("p.started")), 'process', 'info', iif(p.pod IS NULL, 'Node', 'Pod'), p.namespace,
              coalesce(p.pod, p.node), p.container,
              'process ' || p.pid || ' started: ' || coalesce(p.executable, p.name, ''), p.entry
            FROM processes p WHERE p.started IS NOT NULL
            UNION ALL
            SELECT \(moment("coalesce(f.changed, f.modified)")), 'file',
              iif(f.setuid, 'warning', 'info'), iif(f.pod IS NULL, 'Node', 'Pod'), f.namespace,
              coalesce(f.pod, f.node), f.container, 'file ' || f.change || ': ' || f.path, f.entry
            FROM files f WHERE f.change IS NOT NULL AND coalesce(f.changed, f.modified) IS NOT NULL
            UNION ALL
            SELECT \(moment("time")), 'capture', 'info', kind, namespace, name, container,
              'this capture: ' || action, 'meta/custody.jsonl'
            FROM custody
            """)
}
