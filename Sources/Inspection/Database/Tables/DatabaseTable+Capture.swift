extension DatabaseTable {
    /// What says what was captured, and how: filled by the program.
    static let capture: [DatabaseTable] = [
        DatabaseTable(
            name: "bundle", says: "A fact of the capture as a whole: its kind, case, operator, times, tool.",
            columns: """
                name TEXT -- what the fact is
                value TEXT -- as text
                """),
        DatabaseTable(
            name: "entries", says: "A file of the capture.",
            columns: """
                path TEXT -- as `exhibit cat` takes it
                size INTEGER -- in bytes
                sha256 TEXT -- in hex; null where nothing says it
                media TEXT -- media type, a hint
                attempt INTEGER -- which attempt of the ledger made it; 0 for the run itself
                role TEXT -- `objects`, `log` or null
                problem TEXT -- why it could not be read, or not wholly
                """),
        DatabaseTable(
            name: "ledger", says: "An attempt to capture something, and how it ended: what is missing is here, too.",
            columns: """
                attempt INTEGER -- from 1
                collector TEXT -- by whose definition
                step TEXT -- the step kind, and its output
                kind TEXT -- of the target
                namespace TEXT -- of the target
                name TEXT -- of the target
                container TEXT -- of the target
                node TEXT -- of the target
                resource TEXT -- of the target, where it is a list: `pods`, `deployments.apps`
                source TEXT -- whose word it is: `api`, `node`, `in-container`, `local`
                via TEXT -- the way, where it was not the usual one
                state TEXT -- `ok`, `empty`, `partial`, `timeout`, `denied`, `missing`, `error`, `skipped`
                reason TEXT -- the code of why
                message TEXT -- why, in words
                entries INTEGER -- how many files it made
                bytes INTEGER -- captured
                truncated INTEGER -- 1: a limit cut it
                started TEXT -- time
                ended TEXT -- time
                """),
        DatabaseTable(
            name: "custody", says: "What the capture itself did to its target.",
            columns: """
                n INTEGER -- from 1
                time TEXT -- when
                action TEXT -- `opened`, `exec`, `http`, `closed` and others
                kind TEXT -- of the target
                namespace TEXT -- of the target
                name TEXT -- of the target
                container TEXT -- of the target
                attempt INTEGER -- for which attempt
                detail TEXT -- JSON
                """),
        DatabaseTable(
            name: "problems", says: "Something that could not be read when the database was made.",
            columns: """
                subject TEXT -- a file of the capture, or a part of it
                reason TEXT -- why
                """),
        DatabaseTable(
            name: "logs", says: "A log of a container, as a file. Its lines are in `log_lines`.",
            columns: """
                namespace TEXT -- of the pod
                pod TEXT -- its name
                container TEXT -- its name
                stream TEXT -- `current`, `previous` or `rotated`
                size INTEGER -- in bytes
                entry TEXT -- the file
                """),
    ]

    /// Objects of the Kubernetes API as they were captured, and what all kinds have.
    static let objects: [DatabaseTable] = [
        DatabaseTable(
            name: "objects",
            says: "An object of the Kubernetes API. What has no table of its own is read from its `json`.",
            columns: """
                id INTEGER -- unique in this database
                api_version TEXT -- `apps/v1`
                api_group TEXT -- `apps`; empty for the core
                kind TEXT -- `Deployment`
                namespace TEXT -- null for what has none
                name TEXT -- its name
                uid TEXT -- unique in the cluster, over time
                created TEXT -- time
                deleted TEXT -- time of its deletion, while it is still there
                owner_kind TEXT -- of its controller
                owner_name TEXT -- of its controller
                entry TEXT -- the file it was read from
                json TEXT -- all of it, but for managedFields, which `managed_fields` and `object_changes` have
                """),
        DatabaseTable(
            name: "managed_fields", says: "Who manages which fields of an object, as the object has it.",
            columns: """
                object INTEGER -- `objects.id`
                json TEXT -- its `metadata.managedFields`
                """),
        DatabaseTable(
            name: "object_changes",
            says:
                "Who changed an object last, and when, by its managedFields: a row for each who did, and each way. Of what somebody did several times the last is known.",
            columns: """
                object INTEGER -- `objects.id`
                api_group TEXT -- of the object
                kind TEXT -- of the object
                namespace TEXT -- of the object
                name TEXT -- of the object
                manager TEXT -- the program, as it calls itself: `kubectl-edit`, `kubelet`
                operation TEXT -- `Update` or `Apply`
                subresource TEXT -- `status`, `scale`, …; null for the object itself, and always from API servers before 1.22
                time TEXT -- when
                """),
        DatabaseTable(
            name: "labels", says: "A label of an object.",
            columns: """
                object INTEGER -- `objects.id`
                key TEXT -- of the label
                value TEXT -- of the label
                """,
            fill: """
                SELECT o.id, l.key, l.value FROM objects o, json_each(o.json, '$.metadata.labels') l
                """, index: "key, value, object"),
        DatabaseTable(
            name: "conditions", says: "A condition in the status of an object.",
            columns: """
                object INTEGER -- `objects.id`
                api_group TEXT -- of the object
                kind TEXT -- of the object
                namespace TEXT -- of the object
                name TEXT -- of the object
                type TEXT -- `Ready`
                status TEXT -- `True`, `False`, `Unknown`
                reason TEXT -- a word
                message TEXT -- in words
                changed TEXT -- time of its last transition
                """,
            fill: """
                SELECT o.id, o.api_group, o.kind, o.namespace, o.name, c.value->>'$.type', c.value->>'$.status', c.value->>'$.reason',
                  c.value->>'$.message', c.value->>'$.lastTransitionTime'
                FROM objects o, json_each(o.json, '$.status.conditions') c WHERE c.type = 'object'
                """, index: "object, type"),
        DatabaseTable(
            name: "events", says: "An event of the cluster; repeated ones are one row with a count.",
            columns: """
                namespace TEXT -- of the event
                object_kind TEXT -- what it is about
                object_name TEXT -- what it is about
                type TEXT -- `Normal` or `Warning`
                reason TEXT -- a word
                message TEXT -- in words
                count INTEGER -- how often
                first_time TEXT -- time
                last_time TEXT -- time
                source TEXT -- the component that says so
                host TEXT -- the node that it says so from
                field TEXT -- the part of the object: `spec.containers{app}`
                object INTEGER -- `objects.id` of the event
                """,
            fill: """
                SELECT namespace,
                  coalesce(json->>'$.involvedObject.kind', json->>'$.regarding.kind'),
                  coalesce(json->>'$.involvedObject.name', json->>'$.regarding.name'),
                  json->>'$.type', json->>'$.reason', coalesce(json->>'$.message', json->>'$.note'),
                  max(min(CAST(coalesce(json->>'$.count', json->>'$.series.count', json->>'$.deprecatedCount', 1) AS INTEGER), 2147483647), 1),
                  coalesce(json->>'$.firstTimestamp', json->>'$.deprecatedFirstTimestamp', json->>'$.eventTime', created),
                  coalesce(json->>'$.series.lastObservedTime', json->>'$.lastTimestamp', json->>'$.deprecatedLastTimestamp',
                    json->>'$.eventTime', json->>'$.firstTimestamp', created),
                  coalesce(json->>'$.source.component', json->>'$.deprecatedSource.component',
                    nullif(json->>'$.reportingComponent', ''), json->>'$.reportingController'),
                  coalesce(json->>'$.source.host', json->>'$.deprecatedSource.host', json->>'$.reportingInstance'),
                  coalesce(json->>'$.involvedObject.fieldPath', json->>'$.regarding.fieldPath'), id
                FROM objects o WHERE kind = 'Event' AND api_group IN ('', 'events.k8s.io') AND (uid IS NULL OR NOT EXISTS (
                  SELECT 1 FROM objects x WHERE x.kind = 'Event' AND x.api_group IN ('', 'events.k8s.io')
                    AND x.namespace IS o.namespace AND x.name IS o.name AND x.uid = o.uid
                    AND (x.api_group, x.api_version, x.id) < (o.api_group, o.api_version, o.id)))
                """),
    ]
}
