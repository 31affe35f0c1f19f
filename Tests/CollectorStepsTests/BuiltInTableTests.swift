import Collection
import CollectorSteps
import Foundation
import Rows
import Testing

/// The tables of built-in collectors, on what they captured from the services of the test cluster (`Captured/`, byte for byte but for
/// folders of the machine in mounts).
struct BuiltInTableTests {
    private struct Read {
        var rows: [[String: RowValue]] = []
        var tally = TableTally()

        func row(_ column: String, _ value: RowValue) throws -> [String: RowValue] {
            try #require(rows.first { $0[column] == value })
        }
    }

    private static func read(_ name: String) throws -> Read {
        let all = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.flatMap(\.tables)
        let table = try #require(all.first { $0.name == name })
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Captured")
        let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(table.from)))
        var result = Read()
        var reader = TableReader(table)
        func take(_ row: TableRow) {
            result.rows.append(Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), row.values)))
        }
        try reader.push(bytes[...], take)
        try reader.finish(take)
        result.tally = reader.tally
        #expect(reader.tally.unreadCells == 0, "\(reader.tally.problems)")
        return result
    }

    @Test
    func namesAreUnique() throws {
        let tables = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.flatMap(\.tables)
        #expect(tables.count > 30)
        #expect(Set(tables.map(\.name)).count == tables.count)
    }

    @Test
    func redis() throws {
        let info = try Self.read("redis_info")
        #expect(info.rows.count == 1 && info.tally.unread == 0)
        let row = try #require(info.rows.first)
        #expect(row["redis_version"] == .text("7.0.15") && row["used_memory"] == .integer(1_069_720))
        #expect(row["maxmemory"] == .integer(67_108_864) && row["role"] == .text("master"))
        #expect(row["server_time"]?.words == "2026-11-29T09:53:25.328944000Z")
        let values = try Self.read("redis_info_values")
        #expect(values.rows.count > 150 && values.tally.unread == 0)
        #expect(try values.row("name", .text("maxmemory_policy"))["value"] == .text("allkeys-lru"))
        let clients = try Self.read("redis_clients")
        #expect(clients.rows.count == 2 && clients.tally.unread == 0)
        #expect(try clients.row("cmd", .text("subscribe"))["addr"] == .text("127.0.0.1:49070"))
    }

    @Test
    func postgreSQL() throws {
        let locks = try Self.read("postgresql_locks")
        #expect(locks.rows.count == 7 && locks.tally.unread == 0 && locks.tally.absentHeadings == [])
        let waiting = try locks.row("granted", .boolean(false))
        #expect(waiting["pid"] == .integer(49) && waiting["blocked_by"] == .text("{44}") && waiting["page"] == .null)
        let tables = try Self.read("postgresql_tables")
        #expect(tables.tally.unread == 0 && tables.tally.absentHeadings == [])
        // It has a heading for each database.
        #expect(try tables.row("table_name", .text("customers"))["total_bytes"] == .integer(8_192))
        #expect(!tables.rows.contains { $0["database_name"] == .text("database") })
        let slots = try Self.read("postgresql_replication_slots")
        #expect(slots.rows.map { $0["kept_bytes"] } == [.integer(28_518_200)])
        let server = try Self.read("postgresql_server")
        #expect(server.rows.first?["asked_at"]?.words == "2026-11-29T09:53:23.980394000Z")
        #expect(server.rows.first?["in_recovery"] == .boolean(false))
    }

    @Test
    func stateOfAContainer() throws {
        let mounts = try Self.read("container_mounts")
        #expect(mounts.rows.count > 20 && mounts.tally.unread == 0)
        let root = try mounts.row("mount_point", .text("/"))
        #expect(root["type"] == .text("overlay") && root["source"] == .text("overlay"))
        let filesystems = try Self.read("container_filesystems")
        #expect(filesystems.rows.count == 12 && filesystems.tally.unread == 0)
        #expect(try filesystems.row("mount_point", .text("/etc/hosts"))["used_percent"] == .integer(26))
        let cgroup = try Self.read("container_cgroup")
        #expect(try cgroup.row("name", .text("pgmajfault"))["value"] == .text("21"))
        #expect(
            try cgroup.row("file", .text("/sys/fs/cgroup/pids/pids.max"))["name"] == .text("max"))
        let status = try Self.read("container_status")
        #expect(try status.row("name", .text("CapEff"))["value"] == .text("00000000a80425fb"))
    }

    @Test
    func socketsAndProcesses() throws {
        let tcp = try Self.read("container_tcp_sockets")
        #expect(tcp.tally.unread == 0)
        #expect(tcp.rows.map { $0["state"] }.prefix(2) == [.text("LISTEN"), .text("ESTAB")])
        #expect(tcp.rows.first?["local_port"] == .integer(5_432))
        #expect(tcp.rows[1]["remote_address"] == .text("10.244.0.21"))
        #expect(try Self.read("container_datagram_sockets").rows.isEmpty)
        let unix = try Self.read("container_unix_sockets")
        #expect(unix.rows.contains { $0["path"] == .text("/var/run/postgresql/.s.PGSQL.5432") })
        let processes = try Self.read("container_processes")
        #expect(processes.rows.count == 4 && processes.tally.unread == 0)
        let server = try processes.row("name", .text("redis-server"))
        #expect(server["pid"] == .integer(7), "\(server)")
        #expect(server["resident_kib"] == .integer(12_584), "\(server)")
        #expect(server["no_new_privileges"] == .boolean(false))
    }

    @Test
    func executablesAndEnvironments() throws {
        let executables = try Self.read("container_executables")
        #expect(executables.rows.count == 4 && executables.tally.unread == 0)
        let deleted = try executables.row("deleted", .boolean(true))
        #expect(deleted["path"] == .text("/tmp/sleep (deleted)") && deleted["links"] == .integer(0), "\(deleted)")
        #expect(deleted["sha256"] == executables.rows.first?["sha256"] && deleted["size"] == .integer(1_982_256))
        let names = try Self.read("container_environment_names")
        #expect(names.rows.count > 20 && names.tally.unread == 0)
        #expect(try names.row("variable", .text("KEY"))["pid"] == deleted["pid"])
    }

    @Test
    func auditEvents() throws {
        let events = try Self.read("audit_events")
        #expect(events.rows.count > 5 && events.tally.unread == 0)
        let row = try events.row("verb", .text("watch"))
        #expect(row["code"] == .integer(200) && row["object_resource"] != .null, "\(row)")
        #expect(events.rows.allSatisfy { $0["received"] != .null && $0["user_name"] != .null && $0["uri"] != .null })
        #expect(events.rows.contains { $0["decision"] == .text("allow") && $0["source_ips"] != .null })
    }

    @Test
    func changedFiles() throws {
        let files = try Self.read("container_changed_files")
        #expect(files.rows.count == 7 && files.tally.unread == 0)
        let hosts = try files.row("path", .text("/etc/hosts"))
        #expect(hosts["size"] == .integer(201) && hosts["modified"]?.words == "2026-11-29T09:47:11.000000000Z")
    }

    @Test
    func usageByTheKubelet() throws {
        #expect(try Self.read("kubelet_nodes").rows.map { $0["node_name"] } == [.text("node1")])
        let containers = try Self.read("kubelet_containers")
        #expect(containers.rows.count == 9 && containers.tally.unread == 0)
        let postgres = try containers.row("container_name", .text("server"))
        #expect(postgres["pod_name"] == .text("postgres") && postgres["pod_namespace"] == .text("exhibit-services"))
        #expect(try Self.read("kubelet_pods").rows.count == 5)
        let volumes = try Self.read("kubelet_volumes")
        #expect(volumes.rows.count == 4)
        #expect(volumes.rows.allSatisfy { $0["volume_name"] != .null && $0["used_bytes"] != .null })
    }
}
