import Collection
import CollectorSteps
import Foundation
import Rows
import Testing

/// Tables of collectors that ask services, on what those of the test cluster answered, and `aws` by moto (`Captured/COLLECTOR/`, byte
/// for byte).
struct ServiceTableTests {
    private typealias Row = [String: RowValue]

    /// - Parameter absent: columns without a value in any row: all others have one.
    private static func rows(_ collector: String, _ name: String, absent: Set<String> = []) throws -> [Row] {
        let all = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors
        let tables = try #require(all.first { $0.name == collector }).tables
        let table = try #require(tables.first { $0.name == name })
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let file = folder.appendingPathComponent("Captured/\(collector)/\(table.from)")
        var rows: [Row] = []
        var reader = TableReader(table)
        func take(_ row: TableRow) {
            rows.append(Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), row.values)))
        }
        try reader.push(Array(try Data(contentsOf: file))[...], take)
        try reader.finish(take)
        #expect(reader.tally.unread == 0 && reader.tally.unreadCells == 0, "\(reader.tally.problems)")
        #expect(reader.tally.absentHeadings == [])
        let empty = table.columns.map(\.name).filter { column in
            !rows.isEmpty && rows.allSatisfy { $0[column] == .null }
        }
        #expect(Set(empty) == absent, "\(name)")
        return rows
    }

    private static func row(_ rows: [Row], _ column: String, _ value: String) throws -> Row {
        try #require(rows.first { $0[column] == .text(value) })
    }

    @Test
    func prometheus() throws {
        let alerts = try Self.rows("prometheus", "prometheus_alerts")
        #expect(alerts.map { $0["alertname"] } == [.text("TargetDown")])
        #expect(alerts[0]["state"] == .text("firing") && alerts[0]["severity"] == .text("page"))
        #expect(alerts[0]["active_at"]?.words == "2026-11-29T21:12:59.198276910Z" && alerts[0]["value"] == .real(0))
        let targets = try Self.rows("prometheus", "prometheus_targets")
        #expect(targets.count == 3)
        let down = try Self.row(targets, "health", "down")
        #expect(down["job"] == .text("gone") && down["last_error"]?.words.contains("connection refused") == true)
        #expect(try Self.rows("prometheus", "prometheus_dropped_targets").isEmpty)
        let up = try Self.rows("prometheus", "prometheus_up")
        #expect(try Self.row(up, "job", "gone")["value"] == .real(0))
        #expect(try Self.row(up, "job", "node")["value"] == .real(1))
        let hour = try Self.rows("prometheus", "prometheus_alerts_last_hour")
        #expect(hour.count == 10 && Set(hour.compactMap { $0["at"]?.words }).count == 10)
        #expect(hour.allSatisfy { $0["alertname"] == .text("TargetDown") && $0["state"] == .text("firing") })
        let rules = try Self.rows("prometheus", "prometheus_rules", absent: ["last_error"])
        #expect(rules.count == 1 && rules[0]["rule_group"] == .text("exhibit") && rules[0]["query"] == .text("up == 0"))
        #expect(try Self.rows("prometheus", "prometheus_alertmanagers").count == 1)
        #expect(try Self.rows("prometheus", "prometheus_head").count == 1)
        #expect(try Self.rows("prometheus", "prometheus_largest_metrics").count == 10)
        let runtime = try Self.rows("prometheus", "prometheus_runtime")
        #expect(runtime.first?["reload_succeeded"] == .boolean(true))
        #expect(try Self.rows("prometheus", "prometheus_build").first?["version"] == .text("2.42.0+ds"))
    }

    @Test
    func queriesToPrometheus() throws {
        let range = try Self.rows("prometheus-range", "prometheus_range")
        #expect(range.count == 9)
        #expect(range.first?["at"]?.words == "2026-11-29T21:13:50.000000000Z" && range.first?["value"] == .real(0))
        #expect(range.first?["labels"]?.words == #"{"__name__":"up","instance":"127.0.0.1:1","job":"gone"}"#)
        // A query with a range has points, and no value as of now.
        let series = try Self.rows("prometheus-query", "prometheus_query", absent: ["at", "value"])
        #expect(series.count == 3)
        #expect(try Self.rows("prometheus-query", "prometheus_query_points").count == 9)
        let told = ["error_type", "error", "warnings"]
        let status = try Self.rows("prometheus-query", "prometheus_query_status", absent: Set(told))
        #expect(status.map { $0["status"] } == [.text("success")])
    }

    @Test
    func alertmanager() throws {
        let alerts = try Self.rows("alertmanager", "alertmanager_alerts")
        #expect(alerts.count == 1 && alerts[0]["state"] == .text("active"))
        #expect(alerts[0]["starts_at"]?.words == "2026-11-29T21:12:59.198000000Z")
        let groups = try Self.rows("alertmanager", "alertmanager_groups")
        #expect(groups.map { $0["receiver"] } == [.text("nobody")])
        #expect(groups[0]["fingerprint"] == alerts[0]["fingerprint"])
        #expect(try Self.rows("alertmanager", "alertmanager_silences").isEmpty)
        #expect(try Self.rows("alertmanager", "alertmanager_receivers").count == 1)
        let status = try Self.rows("alertmanager", "alertmanager_status", absent: ["cluster_name"])
        #expect(status.map { $0["version"] } == [.text("0.25.0")])
        let metrics = try Self.rows("alertmanager", "alertmanager_metrics")
        #expect(metrics.count > 200 && metrics.contains { $0["metric"] == .text("alertmanager_alerts") })
    }

    @Test
    func clickHouse() throws {
        #expect(try Self.rows("clickhouse", "clickhouse_server").first?["version"] == .text("18.16.1"))
        let processes = try Self.rows("clickhouse", "clickhouse_processes")
        #expect(processes.count == 1 && processes[0]["user_name"] == .text("default"))
        let metrics = try Self.rows("clickhouse", "clickhouse_metrics")
        #expect(try Self.row(metrics, "metric", "Query")["value"] == .integer(1))
        let parts = try Self.rows("clickhouse", "clickhouse_parts")
        #expect(parts.map { $0["table_name"] } == [.text("orders")] && parts[0]["is_active"] == .boolean(true))
        #expect(parts[0]["parts"] == .integer(3) && parts[0]["row_count"] == .integer(3_000))
        #expect(try Self.rows("clickhouse", "clickhouse_events").count > 5)
        #expect(try Self.rows("clickhouse", "clickhouse_asynchronous_metrics").count > 5)
    }

    @Test
    func aws() throws {
        let instances = try Self.rows("aws", "aws_instances", absent: ["profile_arn"])
        #expect(instances.count == 3 && instances.allSatisfy { $0["state"] == .text("running") })
        let states = try Self.rows("aws", "aws_instance_status", absent: ["planned"])
        #expect(Set(states.map { $0["instance_id"] }) == Set(instances.map { $0["instance_id"] }))
        let volumes = try Self.rows("aws", "aws_volumes", absent: ["iops", "tags"])
        #expect(volumes.allSatisfy { $0["gib"] == .integer(8) && $0["is_encrypted"] == .boolean(false) })
        let rules = try Self.rows("aws", "aws_security_group_rules")
        #expect(
            rules.map { $0["to_port"] } == [.integer(22)] && rules[0]["ranges"]?.words.contains("0.0.0.0/0") == true)
        #expect(
            try Self.rows("aws", "aws_routes", absent: ["destination6", "nat_gateway_id", "interface_id"]).count == 1)
        #expect(try Self.rows("aws", "aws_vpc_endpoints", absent: ["type"]).count == 1)
        #expect(try Self.rows("aws", "aws_target_groups").map { $0["port"] } == [.integer(80)])
        let databases = try Self.rows("aws", "aws_db_instances", absent: ["is_public", "replica_of", "pending"])
        #expect(databases.map { $0["host"] } == [.text("orders.aaaaaaaaaa.eu-central-1.rds.amazonaws.com")])
        let unknown: Set = ["engine_version", "replication_group", "cache_nodes"]
        #expect(try Self.rows("aws", "aws_cache_clusters", absent: unknown).map { $0["name"] } == [.text("sessions")])
        #expect(try Self.rows("aws", "aws_eks_clusters").map { $0["name"]?.words } == ["prod"])
        let alarms = try Self.rows("aws", "aws_alarms", absent: ["since"])
        #expect(alarms.map { $0["threshold"] } == [.real(1)] && alarms[0]["updated"] == .text("1795986770.183"))
    }

    @Test
    func oneThingOfAWS() throws {
        let targets = try Self.rows(
            "aws-target-health", "aws_target_health", absent: ["zone", "reason", "description"])
        #expect(targets.map { $0["state"] } == [.text("healthy")] && targets[0]["port"] == .integer(80))
        let points = try Self.rows("aws-metric", "aws_datapoints")
        #expect(points.map { $0["average"] } == [.real(0), .real(1.5), .real(3)])
        #expect(points.allSatisfy { $0["metric"] == .text("ReplicaLag") })
        let objects = try Self.rows("aws-objects", "aws_objects")
        #expect(objects.map { $0["object_key"] } == [.text("datasets/1/x")] && objects[0]["size"] == .integer(5))
        #expect(try Self.rows("aws-bucket", "aws_bucket_objects").first?["object_key"] == .text("a.txt"))
        #expect(try Self.rows("aws-bucket", "aws_bucket_location").first?["location"] == .text("eu-central-1"))
        let addresses: Set = ["is_public", "public_from", "is_private", "issues"]
        let cluster = try Self.rows("aws-eks", "aws_eks_cluster", absent: addresses)
        #expect(cluster.map { $0["name"] } == [.text("prod")] && cluster[0]["status"] == .text("ACTIVE"))
        #expect(try Self.rows("aws-eks", "aws_eks_nodegroups").map { $0["name"] } == [.text("workers")])
    }

    @Test
    func kubectl() throws {
        let version = try Self.rows("kubectl", "kubectl_version")
        #expect(version.map { $0["server_version"] } == [.text("v1.20.2")])
    }

    /// What the source of wrangler 4 says that it prints.
    @Test
    func wrangler() throws {
        func rows(_ name: String, _ text: String) throws -> [Row] {
            let all = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.flatMap(\.tables)
            let table = try #require(all.first { $0.name == name })
            var rows: [Row] = []
            var reader = TableReader(table)
            func take(_ row: TableRow) {
                rows.append(Dictionary(uniqueKeysWithValues: zip(table.columns.map(\.name), row.values)))
            }
            try reader.push(Array(text.utf8)[...], take)
            try reader.finish(take)
            #expect(reader.tally.unread == 0 && reader.tally.unreadCells == 0, "\(reader.tally.problems)")
            return rows
        }
        let deployments = try rows(
            "wrangler_deployments",
            """
            [{"id": "d1", "source": "wrangler", "strategy": "percentage", "author_email": "ann@example.org",
              "created_on": "2026-11-29T08:14:02.193818Z",
              "annotations": {"workers/triggered_by": "rollback", "workers/message": "back"},
              "versions": [{"version_id": "v1", "percentage": 100}]}]
            """)
        #expect(deployments.map { $0["triggered_by"] } == [.text("rollback")])
        #expect(deployments[0]["created"]?.words == "2026-11-29T08:14:02.193818000Z")
        let versions = try rows(
            "wrangler_versions",
            """
            [{"id": "v1", "number": 7, "metadata": {"created_on": "2026-11-29T08:14:02.193818Z", "source": "wrangler",
              "author_email": "ann@example.org"}, "annotations": {"workers/tag": "1.2"}}]
            """)
        #expect(versions.map { $0["number"] } == [.integer(7)] && versions[0]["tag"] == .text("1.2"))
        let keys = try rows(
            "wrangler_kv_keys",
            #"[{"name": "session:1", "expiration": 1795939230, "metadata": {"a": 1}}, {"name": "session:2"}]"#)
        #expect(keys.map { $0["key_name"] } == [.text("session:1"), .text("session:2")])
        #expect(keys[0]["expires"]?.words == "2026-11-29T08:00:30.000000000Z" && keys[1]["expires"] == .null)
    }
}
