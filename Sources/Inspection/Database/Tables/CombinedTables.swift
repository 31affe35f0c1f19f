internal import SQLite

/// Views over what several collectors bring of the same thing: read on the node, or by the container's own tools.
///
/// `source` says whose word a row is: of the same container there can be both, and where they differ that is telling.
enum CombinedTables {
    /// By a mode in octal, as `4755`.
    private static let isSetuid = "coalesce(length(mode) >= 4 AND substr(mode, -4, 1) IN ('4', '5', '6', '7'), 0)"

    /// The second of real, effective, saved and that of the file system: proc(5), `Uid`.
    private static let effective = """
        iif(instr(p.uids, char(9)), substr(substr(p.uids, instr(p.uids, char(9)) + 1) || char(9), 1,
          instr(substr(p.uids, instr(p.uids, char(9)) + 1) || char(9), char(9)) - 1), p.uids)
        """

    static let all: [DatabaseTable] = [
        DatabaseTable(
            name: "sockets", says: "A socket of a container or host, as seen from there or from its node.",
            columns: """
                namespace TEXT -- of the pod; null for a host
                pod TEXT -- its name; null for a host
                container TEXT -- its name; null for a host
                node TEXT -- where that is known
                family TEXT -- `tcp`, `tcp6`, `udp`, …
                state TEXT -- `LISTEN`, `ESTAB`, …
                local_address TEXT -- without port
                local_port INTEGER -- of the protocol
                remote_address TEXT -- without port
                remote_port INTEGER -- of the protocol
                pid INTEGER -- of a process that holds it, where that is known
                process TEXT -- its name
                uid INTEGER -- that made it
                path TEXT -- of a unix socket
                source TEXT -- whose word it is: `node` or `in-container`
                entry TEXT -- the file
                line INTEGER -- in the file
                """,
            fill: """
                SELECT namespace, pod, container, node, family, state, local_address, local_port, remote_address,
                  remote_port, pid, process, uid, path, 'node', entry, line FROM node_container_sockets
                UNION ALL
                SELECT namespace, pod, container, node, family, state, local_address, local_port, remote_address,
                  remote_port, pid, process, uid, path, 'node', entry, line FROM host_sockets
                UNION ALL
                SELECT namespace, pod, container, node, iif(local_address LIKE '%:%', 'tcp6', 'tcp'), state, local_address,
                  local_port, remote_address, remote_port, NULL, NULL, uid, NULL, 'in-container', entry, line
                FROM container_tcp_sockets
                UNION ALL
                SELECT namespace, pod, container, node, iif(local_address LIKE '%:%', 'udp6', 'udp'), NULL, local_address,
                  local_port, remote_address, remote_port, NULL, NULL, uid, NULL, 'in-container', entry, line
                FROM container_datagram_sockets
                UNION ALL
                SELECT namespace, pod, container, node, 'unix', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, path,
                  'in-container', entry, line FROM container_unix_sockets
                """),
        DatabaseTable(
            name: "processes", says: "A process of a container or host.",
            columns: """
                namespace TEXT -- of the pod; null for a host
                pod TEXT -- its name; null for a host
                container TEXT -- its name; null for a host
                node TEXT -- where that is known
                pid INTEGER -- as `source` sees it: on the node, or in the container
                parent INTEGER -- its parent's pid
                name TEXT -- comm: what it calls itself
                state TEXT -- of proc(5)
                started TEXT -- time, where that is known
                uid TEXT -- effective
                command_line TEXT -- JSON array, or as the container's tools print it
                executable TEXT -- path
                executable_deleted INTEGER -- 1: the file is gone
                sha256 TEXT -- of the executable
                package TEXT -- that the executable belongs to, where that is known
                resident_kib INTEGER -- memory
                cap_effective TEXT -- capabilities, in hex
                seccomp TEXT -- mode
                source TEXT -- whose word it is: `node` or `in-container`
                entry TEXT -- the file
                line INTEGER -- in the file
                """,
            fill: """
                SELECT p.namespace, p.pod, p.container, p.node, p.pid, p.parent, p.name, p.state, p.started, p.uid,
                  p.command_line, p.executable, p.executable_deleted, e.sha256, e.package, p.resident_kib, p.cap_effective,
                  p.seccomp, 'node', p.entry, p.line
                FROM node_container_processes p LEFT JOIN node_container_executables e
                  ON e.pid = p.pid AND e.namespace IS p.namespace AND e.pod IS p.pod AND e.container IS p.container
                UNION ALL
                SELECT p.namespace, p.pod, p.container, p.node, p.pid, p.parent, p.name, p.state, p.started, p.uid,
                  p.command_line, p.executable, p.executable_deleted, e.sha256, e.package, p.resident_kib, p.cap_effective,
                  p.seccomp, 'node', p.entry, p.line
                FROM host_processes p LEFT JOIN host_executables e ON e.pid = p.pid AND e.node IS p.node
                UNION ALL
                SELECT p.namespace, p.pod, p.container, p.node, p.pid, p.parent, p.name, p.state, NULL, \(effective),
                  p.command_line, coalesce(replace(l.target, ' (deleted)', ''), e.path), coalesce(l.target LIKE '% (deleted)', e.deleted), e.sha256, NULL,
                  p.resident_kib, p.cap_effective, p.seccomp, 'in-container', p.entry, p.line
                FROM container_processes p LEFT JOIN container_executables e
                  ON e.pid = p.pid AND e.namespace IS p.namespace AND e.pod IS p.pod AND e.container IS p.container
                  LEFT JOIN container_process_links l ON l.pid = p.pid AND l.link = '/proc/' || p.pid || '/exe' AND l.entry = p.entry
                """),
        DatabaseTable(
            name: "files", says: "A file that was added, changed or removed, or that was asked for.",
            columns: """
                namespace TEXT -- of the pod; null for a host
                pod TEXT -- its name; null for a host
                container TEXT -- its name; null for a host
                node TEXT -- where that is known
                path TEXT -- as the container or host has it
                change TEXT -- `added`, `modified`, `deleted`, …: exact, from the overlay; `recent`: by its times; null: asked for
                type TEXT -- of the file
                mode TEXT -- in octal
                uid INTEGER -- owner
                gid INTEGER -- group
                size INTEGER -- in bytes
                modified TEXT -- time of its content
                changed TEXT -- time of its metadata
                sha256 TEXT -- of its content
                original_sha256 TEXT -- of the image's file
                setuid INTEGER -- 1: it is
                capability TEXT -- JSON: file capabilities
                link_target TEXT -- of a symbolic link
                source TEXT -- whose word it is: `node` or `in-container`
                entry TEXT -- the file
                line INTEGER -- in the file
                """,
            fill: """
                SELECT namespace, pod, container, node, path, change, type, mode, uid, gid, size, mtime, ctime, sha256,
                  original_sha256, setuid, capability, link_target, 'node', entry, line FROM container_changes
                UNION ALL
                SELECT namespace, pod, container, node, path, 'recent', type, mode, uid, gid, size, modified, changed, NULL,
                  NULL, \(isSetuid), NULL, NULL, 'in-container', entry, line FROM container_changed_files
                UNION ALL
                SELECT namespace, pod, container, node, path, 'recent', type, mode, uid, gid, size, mtime, ctime, NULL, NULL,
                  \(isSetuid), NULL, link_target, 'node', entry, line FROM host_changed_files
                UNION ALL
                SELECT namespace, pod, container, node, path, NULL, type, mode, uid, gid, size, modified, changed, NULL, NULL,
                  \(isSetuid), NULL, link_target, 'in-container', entry, line FROM container_files
                UNION ALL
                SELECT namespace, pod, container, node, path, NULL, type, mode, uid, gid, size, mtime, ctime, NULL, NULL,
                  \(isSetuid), NULL, link_target, 'node', entry, line FROM host_files
                """),
        DatabaseTable(
            name: "certificates", says: "A certificate that a TLS port served.",
            columns: """
                namespace TEXT -- of the pod; null where it was dialled from outside
                pod TEXT -- its name
                container TEXT -- its name
                server TEXT -- that was dialled, or `port N` of a container
                depth INTEGER -- 0 is the server's own
                subject TEXT -- of the certificate
                issuer TEXT -- of the certificate
                not_before TEXT -- time
                not_after TEXT -- time
                names TEXT -- JSON: that it is for
                sha256 TEXT -- of the certificate
                chain_verified INTEGER -- 1: by an authority that was known
                entry TEXT -- the file
                line INTEGER -- in the file
                """,
            fill: """
                SELECT namespace, pod, container, 'port ' || port, depth, subject, issuer, not_before, not_after, names, sha256,
                  chain_verified, entry, line FROM tls_certificates
                UNION ALL
                SELECT namespace, pod, container, server, depth, subject, issuer, not_before, not_after, names, sha256,
                  chain_verified, entry, line FROM tls_endpoints_certificates
                UNION ALL
                SELECT namespace, pod, container, server, depth, subject, issuer, not_before, not_after, names, sha256,
                  chain_verified, entry, line FROM ingress_tls_certificates
                """),
        timeline,
    ]

    static func create(in database: SQLDatabase) throws(SQLError) {
        for view in all {
            let names = view.parsedColumns.map { "\"\($0.name)\"" }.joined(separator: ", ")
            do {
                try database.run("CREATE VIEW \"\(view.name)\" (\(names)) AS \(view.fill ?? "")")
            } catch {
                throw SQLError(error.code, "making the view \(view.name): \(error.reason)")
            }
        }
    }
}
