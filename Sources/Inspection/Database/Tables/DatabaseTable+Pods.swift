extension DatabaseTable {
    private static let templateHash = "'$.metadata.labels.\"pod-template-hash\"'"
    /// Of a Deployment's pod, its ReplicaSet is called so: that says its name where the ReplicaSet was not captured.
    private static let hasTemplateHash =
        "o.owner_kind = 'ReplicaSet' AND substr(o.owner_name, -length(o.json->>\(templateHash)) - 1) = '-' || (o.json->>\(templateHash))"

    /// Pods, what runs in them, and what they may do.
    static let pods: [DatabaseTable] = [
        DatabaseTable(
            name: "containers", says: "A container of a pod: as it is wanted, and as it was.",
            columns: """
                object INTEGER -- `objects.id` of the pod
                namespace TEXT -- of the pod
                pod TEXT -- its name
                name TEXT -- of the container
                type TEXT -- `container`, `init` or `ephemeral`
                image TEXT -- as it is wanted
                image_id TEXT -- the digest that it ran by
                ready INTEGER -- 1 or 0
                restarts INTEGER -- how often it was started again
                state TEXT -- `waiting`, `running`, `terminated`, or null before it is looked at
                reason TEXT -- of the state: `CrashLoopBackOff`
                message TEXT -- of the state
                exit_code INTEGER -- when it is terminated
                signal INTEGER -- that ended it, when it is terminated
                started TEXT -- time
                finished TEXT -- time
                last_reason TEXT -- of the end before: `OOMKilled`
                last_message TEXT -- of the end before
                last_exit_code INTEGER -- of the end before
                last_signal INTEGER -- of the end before
                last_started TEXT -- time
                last_finished TEXT -- time
                container_id TEXT -- by its runtime
                cpu_request TEXT -- as it is written
                cpu_limit TEXT -- as it is written
                memory_request TEXT -- as it is written
                memory_limit TEXT -- as it is written
                privileged INTEGER -- 1: it is
                run_as_user INTEGER -- by the container, else by the pod
                run_as_non_root INTEGER -- by the container, else by the pod
                read_only_root INTEGER -- 1: its root file system is
                capabilities TEXT -- JSON array of those added
                seccomp TEXT -- type of its profile, by the container, else by the pod
                has_liveness INTEGER -- 1: there is a liveness probe
                has_readiness INTEGER -- 1: there is a readiness probe
                spec TEXT -- JSON: as it is wanted
                """,
            fill: ["containers", "initContainers", "ephemeralContainers"].map(containers).joined(
                separator: "\nUNION ALL\n"), index: "object"),
        DatabaseTable(
            name: "pods", says: "A pod.",
            columns: """
                object INTEGER -- `objects.id`
                namespace TEXT -- its namespace
                name TEXT -- its name
                phase TEXT -- `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`
                status TEXT -- STATUS as kubectl prints it
                ready INTEGER -- containers that are
                containers INTEGER -- that it has
                restarts INTEGER -- of its containers together
                node TEXT -- that it is on
                ip TEXT -- its address
                host_ip TEXT -- its node's address
                reason TEXT -- of its phase: `Evicted`
                message TEXT -- of its phase
                service_account TEXT -- that it runs as
                qos TEXT -- `Guaranteed`, `Burstable`, `BestEffort`
                host_network INTEGER -- 1: it is in the node's network
                host_pid INTEGER -- 1: it sees the node's processes
                host_ipc INTEGER -- 1: it shares the node's IPC
                created TEXT -- time
                started TEXT -- time
                deleted TEXT -- time, while it is being deleted
                owner_kind TEXT -- of its controller
                owner_name TEXT -- of its controller
                workload_kind TEXT -- of what its controller belongs to: `Deployment`, `CronJob`; else as `owner_kind`
                workload TEXT -- its name
                entry TEXT -- the file it was read from
                """,
            fill: """
                SELECT o.id, o.namespace, o.name, o.json->>'$.status.phase', s.status, s.ready, s.containers, s.restarts,
                  o.json->>'$.spec.nodeName', o.json->>'$.status.podIP', o.json->>'$.status.hostIP',
                  o.json->>'$.status.reason', o.json->>'$.status.message', o.json->>'$.spec.serviceAccountName',
                  o.json->>'$.status.qosClass', coalesce(o.json->>'$.spec.hostNetwork', 0),
                  coalesce(o.json->>'$.spec.hostPID', 0), coalesce(o.json->>'$.spec.hostIPC', 0), o.created,
                  o.json->>'$.status.startTime', o.deleted, o.owner_kind, o.owner_name,
                  coalesce(r.owner_kind, iif(\(hasTemplateHash), 'Deployment', o.owner_kind)),
                  coalesce(r.owner_name, iif(\(hasTemplateHash),
                    substr(o.owner_name, 1, length(o.owner_name) - length(o.json->>\(templateHash)) - 1), o.owner_name)), o.entry
                FROM objects o LEFT JOIN exhibit_pod_status s ON s.object = o.id
                  LEFT JOIN objects r ON r.id = (SELECT x.id FROM objects x WHERE o.owner_kind IN ('ReplicaSet', 'Job')
                    AND x.kind = o.owner_kind AND x.namespace = o.namespace AND x.name = o.owner_name AND x.owner_name IS NOT NULL LIMIT 1)
                WHERE o.kind = 'Pod' AND o.api_group = ''
                """, index: "object"),
        DatabaseTable(
            name: "pod_volumes", says: "A volume of a pod, and what it is of.",
            columns: """
                object INTEGER -- `objects.id` of the pod
                namespace TEXT -- of the pod
                pod TEXT -- its name
                name TEXT -- of the volume
                type TEXT -- `configMap`, `secret`, `hostPath`, `persistentVolumeClaim`, …
                source TEXT -- name or path of what it is of
                spec TEXT -- JSON
                """,
            fill: """
                SELECT o.id, o.namespace, o.name, v.value->>'$.name', t.key,
                  coalesce(t.value->>'$.name', t.value->>'$.secretName', t.value->>'$.claimName', t.value->>'$.path',
                    t.value->>'$.driver'), t.value
                FROM objects o, json_each(o.json, '$.spec.volumes') v, json_each(v.value) t
                WHERE v.type = 'object' AND o.kind = 'Pod' AND o.api_group = '' AND t.key <> 'name' AND t.type = 'object'
                """),
        DatabaseTable(
            name: "pod_references",
            says: "A config map or secret that a pod needs: for its environment, a volume, or to pull images.",
            columns: """
                namespace TEXT -- of the pod
                pod TEXT -- its name
                container TEXT -- null where it is the pod's
                kind TEXT -- `ConfigMap` or `Secret`
                name TEXT -- of it
                key TEXT -- the one that is needed; null for all
                optional INTEGER -- 1: the pod starts without it
                used_for TEXT -- `env`, `envFrom`, `volume`, `imagePullSecret`
                """,
            fill: """
                SELECT c.namespace, c.pod, c.name, 'ConfigMap', e.value->>'$.valueFrom.configMapKeyRef.name',
                  e.value->>'$.valueFrom.configMapKeyRef.key',
                  coalesce(e.value->>'$.valueFrom.configMapKeyRef.optional', 0), 'env'
                FROM containers c, json_each(c.spec, '$.env') e
                WHERE e.type = 'object' AND e.value->>'$.valueFrom.configMapKeyRef.name' IS NOT NULL
                UNION ALL
                SELECT c.namespace, c.pod, c.name, 'Secret', e.value->>'$.valueFrom.secretKeyRef.name',
                  e.value->>'$.valueFrom.secretKeyRef.key', coalesce(e.value->>'$.valueFrom.secretKeyRef.optional', 0), 'env'
                FROM containers c, json_each(c.spec, '$.env') e
                WHERE e.type = 'object' AND e.value->>'$.valueFrom.secretKeyRef.name' IS NOT NULL
                UNION ALL
                SELECT c.namespace, c.pod, c.name, iif(e.value->>'$.secretRef.name' IS NULL, 'ConfigMap', 'Secret'),
                  coalesce(e.value->>'$.secretRef.name', e.value->>'$.configMapRef.name'), NULL,
                  coalesce(e.value->>'$.secretRef.optional', e.value->>'$.configMapRef.optional', 0), 'envFrom'
                FROM containers c, json_each(c.spec, '$.envFrom') e
                WHERE e.type = 'object' AND coalesce(e.value->>'$.secretRef.name', e.value->>'$.configMapRef.name') IS NOT NULL
                UNION ALL
                SELECT v.namespace, v.pod, NULL, iif(v.type = 'secret', 'Secret', 'ConfigMap'), v.source, NULL,
                  coalesce(v.spec->>'$.optional', 0), 'volume'
                FROM pod_volumes v WHERE v.type IN ('secret', 'configMap')
                UNION ALL
                SELECT v.namespace, v.pod, NULL, iif(s.value->>'$.secret.name' IS NULL, 'ConfigMap', 'Secret'),
                  coalesce(s.value->>'$.secret.name', s.value->>'$.configMap.name'), NULL,
                  coalesce(s.value->>'$.secret.optional', s.value->>'$.configMap.optional', 0), 'volume'
                FROM pod_volumes v, json_each(v.spec, '$.sources') s WHERE v.type = 'projected' AND s.type = 'object'
                  AND coalesce(s.value->>'$.secret.name', s.value->>'$.configMap.name') IS NOT NULL
                UNION ALL
                SELECT o.namespace, o.name, NULL, 'Secret', s.value->>'$.name', NULL, 1, 'imagePullSecret'
                FROM objects o, json_each(o.json, '$.spec.imagePullSecrets') s WHERE s.type = 'object' AND o.kind = 'Pod' AND o.api_group = ''
                """),
    ]

    private static func containers(_ list: String) -> String {
        let type = list == "containers" ? "container" : list == "initContainers" ? "init" : "ephemeral"
        let statuses = list == "containers" ? "containerStatuses" : "\(type)ContainerStatuses"
        return """
            SELECT o.id, o.namespace, o.name, c.value->>'$.name', '\(type)', c.value->>'$.image', t.value->>'$.imageID',
              t.value->>'$.ready', max(min(CAST(coalesce(t.value->>'$.restartCount', 0) AS INTEGER), 2147483647), 0),
              CASE WHEN json_type(t.value, '$.state.running') = 'object' THEN 'running'
                WHEN json_type(t.value, '$.state.waiting') = 'object' THEN 'waiting'
                WHEN json_type(t.value, '$.state.terminated') = 'object' THEN 'terminated' END,
              coalesce(t.value->>'$.state.waiting.reason', t.value->>'$.state.terminated.reason'),
              coalesce(t.value->>'$.state.waiting.message', t.value->>'$.state.terminated.message'),
              t.value->>'$.state.terminated.exitCode', t.value->>'$.state.terminated.signal',
              coalesce(t.value->>'$.state.running.startedAt', t.value->>'$.state.terminated.startedAt'),
              t.value->>'$.state.terminated.finishedAt', t.value->>'$.lastState.terminated.reason',
              t.value->>'$.lastState.terminated.message', t.value->>'$.lastState.terminated.exitCode',
              t.value->>'$.lastState.terminated.signal', t.value->>'$.lastState.terminated.startedAt',
              t.value->>'$.lastState.terminated.finishedAt', t.value->>'$.containerID',
              c.value->>'$.resources.requests.cpu', c.value->>'$.resources.limits.cpu',
              c.value->>'$.resources.requests.memory', c.value->>'$.resources.limits.memory',
              coalesce(c.value->>'$.securityContext.privileged', 0),
              coalesce(c.value->>'$.securityContext.runAsUser', o.json->>'$.spec.securityContext.runAsUser'),
              coalesce(c.value->>'$.securityContext.runAsNonRoot', o.json->>'$.spec.securityContext.runAsNonRoot', 0),
              coalesce(c.value->>'$.securityContext.readOnlyRootFilesystem', 0),
              nullif(c.value->'$.securityContext.capabilities.add', 'null'),
              coalesce(c.value->>'$.securityContext.seccompProfile.type', o.json->>'$.spec.securityContext.seccompProfile.type'),
              json_type(c.value, '$.livenessProbe') IS 'object', json_type(c.value, '$.readinessProbe') IS 'object', c.value
            FROM objects o JOIN json_each(o.json, '$.spec.\(list)') c ON c.type = 'object'
              LEFT JOIN exhibit_container_status t ON t.object = o.id AND t.list = '\(statuses)' AND t.name = c.value->>'$.name'
            WHERE o.kind = 'Pod' AND o.api_group = ''
            """
    }
}
