extension DatabaseTable {
    /// What makes pods, and what scales and bounds them.
    static let workloads: [DatabaseTable] = [
        DatabaseTable(
            name: "workloads",
            says:
                "Something that makes pods: a Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job or CronJob.",
            columns: """
                object INTEGER -- `objects.id`
                kind TEXT -- `Deployment`
                namespace TEXT -- its namespace
                name TEXT -- its name
                desired INTEGER -- pods that are wanted
                current INTEGER -- pods that are there
                ready INTEGER -- pods that are ready
                updated INTEGER -- pods of the newest template
                available INTEGER -- pods that are ready for long enough
                generation INTEGER -- of what is wanted
                observed_generation INTEGER -- that its controller has seen
                revision TEXT -- of its template, where it has one
                paused INTEGER -- 1: its rollout is; a CronJob or Job: it is suspended
                active INTEGER -- Jobs: pods that run
                succeeded INTEGER -- Jobs: pods that did their work
                failed INTEGER -- Jobs: pods that did not
                schedule TEXT -- CronJobs
                selector TEXT -- JSON: which pods are its own, as `matchLabels` and `matchExpressions`
                created TEXT -- time
                owner_kind TEXT -- of its controller
                owner_name TEXT -- of its controller
                entry TEXT -- the file it was read from
                """,
            fill: """
                SELECT id, kind, namespace, name,
                  coalesce(json->>'$.spec.replicas', json->>'$.status.desiredNumberScheduled', json->>'$.spec.completions'),
                  CASE kind WHEN 'Job' THEN coalesce(json->>'$.status.active', 0) WHEN 'CronJob' THEN NULL
                    ELSE coalesce(json->>'$.status.replicas', json->>'$.status.currentNumberScheduled', 0) END,
                  iif(kind = 'CronJob', NULL,
                    coalesce(json->>'$.status.readyReplicas', json->>'$.status.numberReady', json->>'$.status.ready', 0)),
                  coalesce(json->>'$.status.updatedReplicas', json->>'$.status.updatedNumberScheduled'),
                  iif(kind IN ('Job', 'CronJob'), NULL,
                    coalesce(json->>'$.status.availableReplicas', json->>'$.status.numberAvailable', 0)),
                  json->>'$.metadata.generation', json->>'$.status.observedGeneration',
                  coalesce(json->>'$.metadata.annotations."deployment.kubernetes.io/revision"',
                    json->>'$.status.updateRevision'),
                  coalesce(json->>'$.spec.paused', json->>'$.spec.suspend', 0),
                  iif(kind = 'CronJob', json_array_length(json, '$.status.active'), json->>'$.status.active'),
                  json->>'$.status.succeeded',
                  json->>'$.status.failed', json->>'$.spec.schedule',
                  nullif(json->'$.spec.selector', 'null'), created, owner_kind, owner_name, entry
                FROM objects WHERE kind IN ('Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet')
                    AND api_group IN ('apps', 'extensions')
                  OR kind IN ('Job', 'CronJob') AND api_group = 'batch' OR kind = 'ReplicationController' AND api_group = ''
                """),
        DatabaseTable(
            name: "autoscalers", says: "A HorizontalPodAutoscaler.",
            columns: """
                object INTEGER -- `objects.id`
                namespace TEXT -- its namespace
                name TEXT -- its name
                target_kind TEXT -- what it scales
                target_name TEXT -- what it scales
                minimum INTEGER -- pods
                maximum INTEGER -- pods
                current INTEGER -- pods
                desired INTEGER -- pods
                scaled TEXT -- time, when it last did
                spec TEXT -- JSON
                """,
            fill: """
                SELECT id, namespace, name, json->>'$.spec.scaleTargetRef.kind', json->>'$.spec.scaleTargetRef.name',
                  coalesce(json->>'$.spec.minReplicas', 1), json->>'$.spec.maxReplicas', json->>'$.status.currentReplicas',
                  json->>'$.status.desiredReplicas', json->>'$.status.lastScaleTime', json->'$.spec'
                FROM objects WHERE kind = 'HorizontalPodAutoscaler' AND api_group = 'autoscaling'
                """),
        DatabaseTable(
            name: "quotas", says: "A resource of a ResourceQuota.",
            columns: """
                namespace TEXT -- its namespace
                name TEXT -- of the quota
                resource TEXT -- `requests.cpu`
                hard TEXT -- as it is written
                used TEXT -- as it is written
                """,
            fill: """
                SELECT o.namespace, o.name, h.key, h.value, (
                    SELECT u.value FROM json_each(o.json, '$.status.used') u WHERE u.key = h.key)
                FROM objects o, json_each(o.json, '$.spec.hard') h WHERE o.kind = 'ResourceQuota' AND o.api_group = ''
                """),
        DatabaseTable(
            name: "claims", says: "A PersistentVolumeClaim.",
            columns: """
                object INTEGER -- `objects.id`
                namespace TEXT -- its namespace
                name TEXT -- its name
                phase TEXT -- `Pending`, `Bound`, `Lost`
                storage_class TEXT -- that it asks for
                requested TEXT -- as it is written
                capacity TEXT -- that it has
                volume TEXT -- that it is bound to
                modes TEXT -- JSON
                created TEXT -- time
                """,
            fill: """
                SELECT id, namespace, name, json->>'$.status.phase', json->>'$.spec.storageClassName',
                  json->>'$.spec.resources.requests.storage', json->>'$.status.capacity.storage', json->>'$.spec.volumeName',
                  json->'$.spec.accessModes', created
                FROM objects WHERE kind = 'PersistentVolumeClaim' AND api_group = ''
                """),
    ]
}
