extension DatabaseTable {
    /// Nodes, and who may do what.
    static let cluster: [DatabaseTable] = [
        DatabaseTable(
            name: "nodes", says: "A node.",
            columns: """
                object INTEGER -- `objects.id`
                name TEXT -- its name
                ready TEXT -- `True`, `False`, `Unknown`
                reason TEXT -- why it is not
                message TEXT -- why it is not
                unschedulable INTEGER -- 1: cordoned
                memory_pressure TEXT -- `True`, `False`, `Unknown`
                disk_pressure TEXT -- `True`, `False`, `Unknown`
                pid_pressure TEXT -- `True`, `False`, `Unknown`
                version TEXT -- of its kubelet
                os TEXT -- its image
                kernel TEXT -- its version
                runtime TEXT -- its name and version
                architecture TEXT -- `amd64`
                ip TEXT -- its internal address
                cpu TEXT -- that pods can have
                memory TEXT -- that pods can have
                pods TEXT -- how many it can have
                taints TEXT -- JSON
                created TEXT -- time
                """,
            fill: """
                SELECT o.id, o.name, r.status, r.reason, r.message, coalesce(o.json->>'$.spec.unschedulable', 0),
                  (SELECT c.status FROM conditions c WHERE c.object = o.id AND c.type = 'MemoryPressure'),
                  (SELECT c.status FROM conditions c WHERE c.object = o.id AND c.type = 'DiskPressure'),
                  (SELECT c.status FROM conditions c WHERE c.object = o.id AND c.type = 'PIDPressure'),
                  o.json->>'$.status.nodeInfo.kubeletVersion', o.json->>'$.status.nodeInfo.osImage',
                  o.json->>'$.status.nodeInfo.kernelVersion', o.json->>'$.status.nodeInfo.containerRuntimeVersion',
                  o.json->>'$.status.nodeInfo.architecture',
                  (SELECT a.value->>'$.address' FROM json_each(o.json, '$.status.addresses') a
                    WHERE a.type = 'object' AND a.value->>'$.type' = 'InternalIP' LIMIT 1),
                  o.json->>'$.status.allocatable.cpu', o.json->>'$.status.allocatable.memory',
                  o.json->>'$.status.allocatable.pods', o.json->'$.spec.taints', o.created
                FROM objects o LEFT JOIN conditions r ON r.object = o.id AND r.type = 'Ready' WHERE o.kind = 'Node' AND o.api_group = ''
                """),
        DatabaseTable(
            name: "role_rules", says: "What a Role or ClusterRole allows.",
            columns: """
                kind TEXT -- `Role` or `ClusterRole`
                namespace TEXT -- of the role; null for a ClusterRole
                role TEXT -- its name
                groups TEXT -- JSON: API groups, `""` is the core
                resources TEXT -- JSON
                names TEXT -- JSON: only these objects
                urls TEXT -- JSON: paths that are no resources
                verbs TEXT -- JSON
                """,
            fill: """
                SELECT o.kind, o.namespace, o.name, r.value->'$.apiGroups', r.value->'$.resources', r.value->'$.resourceNames',
                  r.value->'$.nonResourceURLs', r.value->'$.verbs'
                FROM objects o, json_each(o.json, '$.rules') r
                WHERE o.kind IN ('Role', 'ClusterRole') AND o.api_group = 'rbac.authorization.k8s.io' AND r.type = 'object'
                """),
        DatabaseTable(
            name: "role_bindings", says: "Someone who has a role.",
            columns: """
                kind TEXT -- `RoleBinding` or `ClusterRoleBinding`
                namespace TEXT -- that it holds in; null for all
                name TEXT -- of the binding
                role_kind TEXT -- `Role` or `ClusterRole`
                role TEXT -- its name
                subject_kind TEXT -- `ServiceAccount`, `User`, `Group`
                subject_namespace TEXT -- of a ServiceAccount
                subject TEXT -- its name
                """,
            fill: """
                SELECT o.kind, o.namespace, o.name, o.json->>'$.roleRef.kind', o.json->>'$.roleRef.name', s.value->>'$.kind',
                  coalesce(s.value->>'$.namespace', iif(s.value->>'$.kind' = 'ServiceAccount', o.namespace, NULL)),
                  s.value->>'$.name'
                FROM objects o, json_each(o.json, '$.subjects') s
                WHERE o.kind IN ('RoleBinding', 'ClusterRoleBinding') AND o.api_group = 'rbac.authorization.k8s.io' AND s.type = 'object'
                """),
    ]
}
