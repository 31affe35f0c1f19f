extension DatabaseTable {
    /// How pods are reached.
    static let network: [DatabaseTable] = [
        DatabaseTable(
            name: "services", says: "A Service.",
            columns: """
                object INTEGER -- `objects.id`
                namespace TEXT -- its namespace
                name TEXT -- its name
                type TEXT -- `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`
                cluster_ip TEXT -- its address; `None` for a headless one
                external_name TEXT -- that it stands for
                selector TEXT -- JSON: labels of its pods; null for none
                created TEXT -- time
                """,
            fill: """
                SELECT id, namespace, name, coalesce(json->>'$.spec.type', 'ClusterIP'), json->>'$.spec.clusterIP',
                  json->>'$.spec.externalName', nullif(json->'$.spec.selector', 'null'), created
                FROM objects WHERE kind = 'Service' AND api_group = ''
                """),
        DatabaseTable(
            name: "service_ports", says: "A port of a Service.",
            columns: """
                namespace TEXT -- of the service
                service TEXT -- its name
                name TEXT -- of the port
                protocol TEXT -- `TCP`
                port INTEGER -- of the service
                target_port TEXT -- of its pods: a number, or the name of a port
                node_port INTEGER -- of every node
                """,
            fill: """
                SELECT o.namespace, o.name, p.value->>'$.name', coalesce(p.value->>'$.protocol', 'TCP'), p.value->>'$.port',
                  coalesce(p.value->>'$.targetPort', p.value->>'$.port'), p.value->>'$.nodePort'
                FROM objects o, json_each(o.json, '$.spec.ports') p
                WHERE o.kind = 'Service' AND o.api_group = '' AND p.type = 'object'
                """),
        DatabaseTable(
            name: "service_pods", says: "A pod that the selector of a Service matches.",
            columns: """
                namespace TEXT -- of both
                service TEXT -- its name
                pod TEXT -- its name
                """,
            fill: """
                SELECT s.namespace, s.name, p.name
                FROM services s JOIN json_each(s.selector) w JOIN labels l ON l.key = w.key AND l.value = w.value
                  JOIN pods p ON p.object = l.object AND p.namespace = s.namespace
                GROUP BY s.object, p.object HAVING count(*) = (SELECT count(*) FROM json_each(s.selector))
                """),
        DatabaseTable(
            name: "endpoints", says: "An address that a Service leads to.",
            columns: """
                namespace TEXT -- of the service
                service TEXT -- its name
                address TEXT -- of the pod, or of something outside
                port INTEGER -- that is dialled
                port_name TEXT -- of the service's port
                protocol TEXT -- `TCP`
                ready INTEGER -- 1 or 0
                target_kind TEXT -- `Pod`
                target_name TEXT -- of the pod
                node TEXT -- that it is on
                source TEXT -- `Endpoints` or `EndpointSlice`: the same is in both
                """,
            fill: """
                SELECT o.namespace, o.name, a.value->>'$.ip', p.value->>'$.port', p.value->>'$.name', p.value->>'$.protocol',
                  a.ready, a.value->>'$.targetRef.kind', a.value->>'$.targetRef.name', a.value->>'$.nodeName', 'Endpoints'
                FROM objects o JOIN json_each(o.json, '$.subsets') s JOIN (
                    SELECT o2.id, s2.key, x.value, 1 AS ready FROM objects o2, json_each(o2.json, '$.subsets') s2,
                      json_each(s2.value, '$.addresses') x WHERE o2.kind = 'Endpoints' AND o2.api_group = '' AND s2.type = 'object' AND x.type = 'object'
                    UNION ALL
                    SELECT o2.id, s2.key, x.value, 0 FROM objects o2, json_each(o2.json, '$.subsets') s2,
                      json_each(s2.value, '$.notReadyAddresses') x WHERE o2.kind = 'Endpoints' AND o2.api_group = '' AND s2.type = 'object' AND x.type = 'object') a ON a.id = o.id AND a.key = s.key
                  LEFT JOIN json_each(s.value, '$.ports') p
                WHERE o.kind = 'Endpoints' AND o.api_group = '' AND s.type = 'object'
                UNION ALL
                SELECT o.namespace, o.json->>'$.metadata.labels."kubernetes.io/service-name"', a.value, p.value->>'$.port',
                  p.value->>'$.name', p.value->>'$.protocol', coalesce(e.value->>'$.conditions.ready', 1),
                  e.value->>'$.targetRef.kind', e.value->>'$.targetRef.name',
                  coalesce(e.value->>'$.nodeName', e.value->>'$.topology."kubernetes.io/hostname"'), 'EndpointSlice'
                FROM objects o JOIN json_each(o.json, '$.endpoints') e JOIN json_each(e.value, '$.addresses') a
                  LEFT JOIN json_each(o.json, '$.ports') p
                WHERE o.kind = 'EndpointSlice' AND o.api_group = 'discovery.k8s.io' AND e.type = 'object'
                """),
        DatabaseTable(
            name: "ingresses", says: "A path of an Ingress, or its default.",
            columns: """
                object INTEGER -- `objects.id`
                namespace TEXT -- its namespace
                name TEXT -- its name
                class TEXT -- of its controller
                host TEXT -- null for any
                path TEXT -- null for the default
                service TEXT -- that it leads to
                port TEXT -- of the service: a number, or a name
                """,
            fill: """
                SELECT o.id, o.namespace, o.name, coalesce(o.json->>'$.spec.ingressClassName',
                    o.json->>'$.metadata.annotations."kubernetes.io/ingress.class"'),
                  r.value->>'$.host', coalesce(p.value->>'$.path', '/'),
                  coalesce(p.value->>'$.backend.service.name', p.value->>'$.backend.serviceName'),
                  coalesce(p.value->>'$.backend.service.port.number', p.value->>'$.backend.service.port.name',
                    p.value->>'$.backend.servicePort')
                FROM objects o, json_each(o.json, '$.spec.rules') r, json_each(r.value, '$.http.paths') p
                WHERE o.kind = 'Ingress' AND o.api_group IN ('networking.k8s.io', 'extensions') AND r.type = 'object'
                  AND p.type = 'object'
                UNION ALL
                SELECT id, namespace, name, json->>'$.spec.ingressClassName', NULL, NULL,
                  coalesce(json->>'$.spec.defaultBackend.service.name', json->>'$.spec.backend.serviceName'),
                  coalesce(json->>'$.spec.defaultBackend.service.port.number', json->>'$.spec.defaultBackend.service.port.name',
                    json->>'$.spec.backend.servicePort')
                FROM objects WHERE kind = 'Ingress' AND api_group IN ('networking.k8s.io', 'extensions')
                  AND (json_type(json, '$.spec.defaultBackend') = 'object' OR json_type(json, '$.spec.backend') = 'object')
                """),
        DatabaseTable(
            name: "network_policies", says: "A NetworkPolicy.",
            columns: """
                object INTEGER -- `objects.id`
                namespace TEXT -- its namespace
                name TEXT -- its name
                selector TEXT -- JSON: labels of the pods it is for; `{}` for all
                ingress INTEGER -- 1: what may come in is only what it says
                egress INTEGER -- 1: what may go out is only what it says
                ingress_rules INTEGER -- how many there are: none lets nothing in
                egress_rules INTEGER -- how many there are: none lets nothing out
                spec TEXT -- JSON
                """,
            fill: """
                SELECT id, namespace, name, coalesce(nullif(json->'$.spec.podSelector', 'null'), '{}'),
                  coalesce(json->'$.spec.policyTypes' LIKE '%"Ingress"%', 1),
                  coalesce(json->'$.spec.policyTypes' LIKE '%"Egress"%', json_type(json, '$.spec.egress') IS 'array'),
                  coalesce(json_array_length(json, '$.spec.ingress'), 0),
                  coalesce(json_array_length(json, '$.spec.egress'), 0), json->'$.spec'
                FROM objects WHERE kind = 'NetworkPolicy' AND api_group IN ('networking.k8s.io', 'extensions')
                """),
    ]
}
