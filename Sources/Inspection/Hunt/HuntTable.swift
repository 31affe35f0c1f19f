/// A table of the ``EvidenceDatabase`` in whose rows indicators are looked for.
struct HuntTable {
    let rank: HuntHit.Rank
    /// What the values behind the first eight columns are.
    let values: [String]
    /// Columns: what it is in words, namespace, pod, container, node, source, entry, line; then the values.
    let sql: String
    /// Whether names and paths count only where a value ends with them: folders of the capture are named by whom it captured.
    var endsOnly = false

    /// Columns before the values.
    static let head = 8

    static let all: [HuntTable] = [
        HuntTable(
            rank: .container, values: ["local", "remote", "path"],
            sql: """
                SELECT coalesce(lower(state) || ' ', '') || family || ' socket' || coalesce(' of ' || process, '')
                    || coalesce(' (' || pid || ')', ''),
                  namespace, pod, container, node, source, entry, line,
                  iif(local_address LIKE '%:%', '[' || local_address || ']', local_address) || coalesce(':' || local_port, ''),
                  iif(remote_address LIKE '%:%', '[' || remote_address || ']', remote_address) || coalesce(':' || remote_port, ''),
                  path
                FROM sockets
                """),
        HuntTable(
            rank: .container, values: ["executable", "command line", "name", "sha256"],
            sql: """
                SELECT 'process ' || pid || coalesce(' (' || name || ')', '')
                    || iif(executable_deleted = 1, ', whose executable is gone', ''),
                  namespace, pod, container, node, source, entry, line, executable, command_line, name, sha256
                FROM processes
                """),
        HuntTable(
            rank: .container, values: ["path", "sha256", "sha256 in the image", "link to"],
            sql: """
                SELECT coalesce(change || ' ', '') || 'file', namespace, pod, container, node, source, entry, line,
                  path, sha256, original_sha256, link_target
                FROM files
                """),
        HuntTable(
            rank: .object, values: ["subject", "issuer", "names", "server", "sha256"],
            sql: """
                SELECT 'certificate of ' || server, namespace, pod, container, NULL, NULL, entry, line, subject, issuer, names,
                  server, sha256
                FROM certificates
                """),
        HuntTable(
            rank: .object, values: ["image", "digest it runs by"],
            sql: """
                SELECT 'container', c.namespace, c.pod, c.name, NULL, 'api', o.entry, NULL, c.image, c.image_id
                FROM containers c LEFT JOIN objects o ON o.id = c.object
                """),
        HuntTable(
            rank: .object, values: ["address", "address of its node"],
            sql: "SELECT 'pod', namespace, name, NULL, node, 'api', entry, NULL, ip, host_ip FROM pods"),
        HuntTable(
            rank: .object, values: ["cluster address", "external name"],
            sql: """
                SELECT 'service ' || s.name, s.namespace, NULL, NULL, NULL, 'api', o.entry, NULL, s.cluster_ip, s.external_name
                FROM services s LEFT JOIN objects o ON o.id = s.object
                """),
        HuntTable(
            rank: .object, values: ["address"],
            sql: """
                SELECT 'endpoint of service ' || e.service, e.namespace, iif(e.target_kind = 'Pod', e.target_name, NULL), NULL,
                  e.node, 'api', (SELECT o.entry FROM objects o WHERE o.kind = e.source AND o.namespace IS e.namespace
                    AND (o.name = e.service OR o.name GLOB e.service || '-*') LIMIT 1), NULL, e.address || coalesce(':' || e.port, '')
                FROM endpoints e WHERE e.address NOT LIKE '%:%'
                UNION ALL
                SELECT 'endpoint of service ' || service, namespace, iif(target_kind = 'Pod', target_name, NULL), NULL, node,
                  'api', NULL, NULL, address
                FROM endpoints WHERE address LIKE '%:%'
                """),
        HuntTable(
            rank: .object, values: ["host"],
            sql: """
                SELECT 'ingress ' || i.name, i.namespace, NULL, NULL, NULL, 'api', o.entry, NULL, i.host
                FROM ingresses i LEFT JOIN objects o ON o.id = i.object
                """),
        HuntTable(
            rank: .file, values: ["path", "sha256"],
            sql: """
                SELECT 'captured file', l.namespace, iif(l.kind = 'Pod', l.name, NULL), l.container, l.node, l.source, e.path, NULL,
                  e.path, e.sha256
                FROM entries e LEFT JOIN ledger l ON l.attempt = e.attempt
                WHERE e.path GLOB 'data/*' OR (SELECT value FROM bundle WHERE name = 'kind') <> 'exhibit'
                """, endsOnly: true),
    ]
}
