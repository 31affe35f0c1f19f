import Collection
import CollectorSteps
import Rows
import Testing

/// The tables of built-in collectors that look into pods, on what they captured from the services of the test cluster.
struct BuiltInTableTests {
    @Test
    func namesAreUnique() throws {
        let tables = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.flatMap(\.tables)
        #expect(tables.count > 30)
        #expect(Set(tables.map(\.name)).count == tables.count)
    }

    @Test
    func redis() throws {
        let info = try CapturedTable.read("redis_info")
        #expect(info.rows.count == 1 && info.tally.unread == 0)
        let row = try #require(info.rows.first)
        #expect(row["redis_version"] == .text("7.0.15") && row["used_memory"] == .integer(1_069_720))
        #expect(row["maxmemory"] == .integer(67_108_864) && row["role"] == .text("master"))
        #expect(row["server_time"]?.words == "2026-11-29T09:53:25.328944000Z")
        let values = try CapturedTable.read("redis_info_values")
        #expect(values.rows.count > 150 && values.tally.unread == 0)
        #expect(try values.row("name", .text("maxmemory_policy"))["value"] == .text("allkeys-lru"))
        let clients = try CapturedTable.read("redis_clients")
        #expect(clients.rows.count == 2 && clients.tally.unread == 0)
        #expect(try clients.row("cmd", .text("subscribe"))["addr"] == .text("127.0.0.1:49070"))
    }

    @Test
    func postgreSQL() throws {
        let locks = try CapturedTable.read("postgresql_locks")
        #expect(locks.rows.count == 7 && locks.tally.unread == 0 && locks.tally.absentHeadings == [])
        let waiting = try locks.row("granted", .boolean(false))
        #expect(waiting["pid"] == .integer(49) && waiting["blocked_by"] == .text("{44}") && waiting["page"] == .null)
        let tables = try CapturedTable.read("postgresql_tables")
        #expect(tables.tally.unread == 0 && tables.tally.absentHeadings == [])
        // It has a heading for each database.
        #expect(try tables.row("table_name", .text("customers"))["total_bytes"] == .integer(8_192))
        #expect(!tables.rows.contains { $0["database_name"] == .text("database") })
        let slots = try CapturedTable.read("postgresql_replication_slots")
        #expect(slots.rows.map { $0["kept_bytes"] } == [.integer(28_518_200)])
        let server = try CapturedTable.read("postgresql_server")
        #expect(server.rows.first?["asked_at"]?.words == "2026-11-29T09:53:23.980394000Z")
        #expect(server.rows.first?["in_recovery"] == .boolean(false))
    }

    @Test
    func stateOfAContainer() throws {
        let mounts = try CapturedTable.read("container_mounts")
        #expect(mounts.rows.count > 20 && mounts.tally.unread == 0)
        let root = try mounts.row("mount_point", .text("/"))
        #expect(root["type"] == .text("overlay") && root["source"] == .text("overlay"))
        let filesystems = try CapturedTable.read("container_filesystems")
        #expect(filesystems.rows.count == 12 && filesystems.tally.unread == 0)
        #expect(try filesystems.row("mount_point", .text("/etc/hosts"))["used_percent"] == .integer(26))
        let cgroup = try CapturedTable.read("container_cgroup")
        #expect(try cgroup.row("name", .text("pgmajfault"))["value"] == .text("21"))
        #expect(
            try cgroup.row("file", .text("/sys/fs/cgroup/pids/pids.max"))["name"] == .text("max"))
        let status = try CapturedTable.read("container_status")
        #expect(try status.row("name", .text("CapEff"))["value"] == .text("00000000a80425fb"))
    }

    @Test
    func socketsAndProcesses() throws {
        let tcp = try CapturedTable.read("container_tcp_sockets")
        #expect(tcp.tally.unread == 0)
        #expect(tcp.rows.map { $0["state"] }.prefix(2) == [.text("LISTEN"), .text("ESTAB")])
        #expect(tcp.rows.first?["local_port"] == .integer(5_432))
        #expect(tcp.rows[1]["remote_address"] == .text("10.244.0.21"))
        #expect(try CapturedTable.read("container_datagram_sockets").rows.isEmpty)
        let unix = try CapturedTable.read("container_unix_sockets")
        #expect(unix.rows.contains { $0["path"] == .text("/var/run/postgresql/.s.PGSQL.5432") })
        let processes = try CapturedTable.read("container_processes")
        #expect(processes.rows.count == 4 && processes.tally.unread == 0)
        let server = try processes.row("name", .text("redis-server"))
        #expect(server["pid"] == .integer(7), "\(server)")
        #expect(server["resident_kib"] == .integer(12_584), "\(server)")
        #expect(server["no_new_privileges"] == .boolean(false))
    }

    /// Which process has which file, pipe and socket: 20 lines of `ls` in four processes, and three links of each.
    @Test
    func openFilesOfProcesses() throws {
        let files = try CapturedTable.read("container_open_files")
        #expect(files.rows.count == 20 && files.tally.unread == 0, "\(files.tally)")
        let listening = try files.row("inode", .integer(17_117_561))
        #expect(listening["pid"] == .integer(7) && listening["fd"] == .integer(6))
        #expect(listening["target"] == .text("socket:[17117561]") && listening["mode"] == .text("lrwx------"))
        // What holds the other end of a pipe.
        #expect(
            files.rows.filter { $0["inode"] == .integer(17_117_416) }.map { $0["pid"] }
                == [.integer(1), .integer(18), .integer(7)])
        let null = try files.row("target", .text("/dev/null"))
        #expect(null["pid"] == .integer(1) && null["fd"] == .integer(0) && null["inode"] == .null)
        #expect(try files.row("target", .text("anon_inode:[eventpoll]"))["inode"] == .null)
        let links = try CapturedTable.read("container_process_links")
        #expect(links.rows.count == 12 && links.tally.unread == 0)
        #expect(try links.row("link", .text("/proc/7/exe"))["target"] == .text("/bin/redis-server"))
        #expect(try links.row("link", .text("/proc/7/cwd"))["pid"] == .integer(7))
    }

    @Test
    func executablesAndEnvironments() throws {
        let executables = try CapturedTable.read("container_executables")
        #expect(executables.rows.count == 4 && executables.tally.unread == 0)
        let deleted = try executables.row("deleted", .boolean(true))
        #expect(deleted["path"] == .text("/tmp/sleep (deleted)") && deleted["links"] == .integer(0), "\(deleted)")
        #expect(deleted["sha256"] == executables.rows.first?["sha256"] && deleted["size"] == .integer(1_982_256))
        let names = try CapturedTable.read("container_environment_names")
        #expect(names.rows.count > 20 && names.tally.unread == 0)
        #expect(try names.row("variable", .text("KEY"))["pid"] == deleted["pid"])
    }

    @Test
    func auditEvents() throws {
        let events = try CapturedTable.read("audit_events")
        #expect(events.rows.count > 5 && events.tally.unread == 0)
        let row = try events.row("verb", .text("watch"))
        #expect(row["code"] == .integer(200) && row["object_resource"] != .null, "\(row)")
        #expect(events.rows.allSatisfy { $0["received"] != .null && $0["uri"] != .null })
        #expect(events.rows.contains { $0["decision"] == .text("allow") && $0["source_ips"] != .null })
    }

    @Test
    func changedFiles() throws {
        let files = try CapturedTable.read("container_changed_files")
        #expect(files.rows.count == 7 && files.tally.unread == 0)
        let hosts = try files.row("path", .text("/etc/hosts"))
        #expect(hosts["size"] == .integer(201) && hosts["modified"]?.words == "2026-11-29T09:47:11.000000000Z")
    }

    @Test
    func usageByTheKubelet() throws {
        #expect(try CapturedTable.read("kubelet_nodes").rows.map { $0["node_name"] } == [.text("node1")])
        #expect(try CapturedTable.read("kubelet_nodes").rows.first?["fs_inodes_used"] != .null)
        let system = try CapturedTable.read("kubelet_system_containers")
        #expect(system.rows.map { $0["system_container"] } == [.text("pods")])
        #expect(system.rows.first?["memory_working_set_bytes"] != .null)
        let interfaces = try CapturedTable.read("kubelet_interfaces")
        #expect(try interfaces.row("interface", .text("eth0"))["rx_bytes"] == .integer(385_897_772))
        let containers = try CapturedTable.read("kubelet_containers")
        #expect(containers.rows.count == 9 && containers.tally.unread == 0)
        let postgres = try containers.row("container_name", .text("server"))
        #expect(postgres["pod_name"] == .text("postgres") && postgres["pod_namespace"] == .text("exhibit-services"))
        #expect(try CapturedTable.read("kubelet_pods").rows.count == 5)
        let volumes = try CapturedTable.read("kubelet_volumes")
        #expect(volumes.rows.count == 4)
        #expect(volumes.rows.allSatisfy { $0["volume_name"] != .null && $0["used_bytes"] != .null })
    }

    @Test
    func certificatesOfContainers() throws {
        let ports = ["8443", "7001", "443", "7002", "7003"]
        let answers = try ports.map { try CapturedTable.read("tls_ports", of: "tls/\($0).json") }
        #expect(answers.map { $0.words("port") } == ports.map { [$0] })
        #expect(answers.map { $0.words("verified") } == [["false"], ["false"], ["false"], [""], [""]])
        #expect(answers.map { $0.words("failure_code") }.suffix(2) == [["ConnectionRefused"], ["HandshakeFailed"]])
        #expect(answers.last?.words("garbage") == ["323230206d61696c2e6578616d706c652e746573740a"])
        let expired = try CapturedTable.read("tls_certificates", of: "tls/7001.json")
        #expect(
            expired.words("subject") == ["CN=expired", "CN=intermediate"] && expired.words("port") == ["7001", "7001"])
        #expect(expired.rows.first?["not_after"]?.words == "2026-11-28T21:13:57.000000000Z")
        let problems = try CapturedTable.read("tls_problems", of: "tls/7001.json")
        #expect(problems.words("code") == ["20", "10"] && problems.words("depth") == ["1", "0"])
        #expect(try problems.row("depth", .integer(0))["problem"] == .text("certificate has expired"))
    }

    @Test
    func metricsOfPods() throws {
        let samples = try CapturedTable.read("metrics_endpoints_samples", of: "metrics-endpoints/metrics.txt")
        #expect(samples.rows.count == 455 && samples.tally.unread == 0)
        let load = try samples.row("metric", .text("node_load1"))
        #expect(load["value"] == .real(8.88) && load["type"] == .text("gauge"))
        #expect(load["help"] == .text("1m load average.") && load["labels"] == .json("{}"))
        let idle = try samples.row("labels", .json(#"{"cpu":"0","mode":"idle"}"#))
        #expect(idle["metric"] == .text("node_cpu_seconds_total") && idle["value"] == .real(21_921.85))
        let answer = try CapturedTable.read(
            "metrics_endpoints_answers", of: "metrics-endpoints/metrics.txt.response.json")
        #expect(answer.words("status") == ["200"] && answer.words("bytes") == ["55488"])
    }

    @Test
    func answersToProbes() throws {
        let answer = try CapturedTable.read("probes_answers", of: "probes/readiness.txt.response.json")
        #expect(answer.words("status") == ["200"] && answer.words("bytes") == ["28"] && answer.tally.unread == 0)
        #expect(answer.words("url").first?.hasSuffix("/pods/monitoring%3A9090/proxy/-/ready?from=kubelet") == true)
        #expect(answer.words("milliseconds") == ["46"] && answer.words("refused_by") == [""])
    }

    @Test
    func whatTheAPIServerHas() throws {
        let resources = try CapturedTable.read("api_resources", of: "api/v1.json")
        let deployments = try resources.row("name", .text("deployments"))
        #expect(deployments["group_version"] == .text("apps/v1") && deployments["kind"] == .text("Deployment"))
        #expect(deployments["namespaced"] == .boolean(true) && deployments["short_names"] == .json(#"["deploy"]"#))
        #expect(resources.rows.contains { $0["name"] == .text("deployments/scale") })
        let version = try CapturedTable.read("api_version", of: "api/version.json")
        #expect(version.words("platform") == ["linux/amd64"] && version.rows.first?["built"] != .null)
        let lists = try CapturedTable.read("api_lists", of: "api/lists.jsonl")
        #expect(lists.words("resource") == ["pods", "events", "events"] && lists.tally.unread == 0)
        #expect(lists.rows.allSatisfy { $0["resource_version"] == .text("168359") })
    }
}
