import Foundation
import Testing

/// Collectors for services that cannot be had here, on pods that stand in for them: each answers exactly the requests that are
/// in `StandIns/NAME/requests.tsv` with what the service's documentation and source say it answers, and 404 to all else.
///
/// - Elasticsearch: https://www.elastic.co/docs/api/doc/elasticsearch/group/endpoint-cat and endpoint-cluster
/// - Qdrant: https://api.qdrant.tech/api-reference, and its sources of the answers (`telemetry.rs`)
/// - Grafana: https://grafana.com/docs/grafana/latest/developers/http_api/other/#health-api
@Suite(.needsBinary, .needsCluster)
struct StandInTests {
    private static func with(_ name: String, _ port: Int, _ body: (CollectorTrial) async throws -> Void) async throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("StandIns")
        let own = folder.appendingPathComponent(name).path
        let files = try Files.names(in: own).map { "--from-file=\(own)/\($0)" }
        try await ClusterNamespace.with { namespace in
            let script = "--from-file=\(folder.path)/serve.sh"
            try await TestCluster.kubectl(
                ["create", "configmap", "answers", "-n", namespace.name, script] + files)
            try await namespace.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(name), labels: {app.kubernetes.io/name: \(name)}}
                spec:
                  terminationGracePeriodSeconds: 1
                  automountServiceAccountToken: false
                  containers:
                  - name: main
                    image: registry.local/busybox:1
                    imagePullPolicy: Never
                    command: [nc, -ll, -p, "\(port)", -e, sh, /answers/serve.sh]
                    ports: [{containerPort: \(port)}]
                    readinessProbe: {tcpSocket: {port: \(port)}, periodSeconds: 1}
                    volumeMounts: [{name: answers, mountPath: /answers}]
                  volumes: [{name: answers, configMap: {name: answers}}]
                """)
            try await TestCluster.kubectl(
                ["wait", "pod/\(name)", "-n", namespace.name, "--for=condition=Ready", "--timeout=60s"])
            let trial = try await CollectorTrial.run(
                [name, "pod/\(name)", "-n", namespace.name, "--kubeconfig", try TestCluster.kubeconfig()])
            #expect(trial.attempts.count == files.count - 1, "a step for each answer")
            #expect(trial.attempts.allSatisfy { $0.state == "ok" }, "\(trial.states)")
            for table in trial.tables { #expect(table.isWhole && table.rows > 0, "\(table.name)") }
            let answers = try #require(trial.tables.first { $0.name == "\(name)_answers" })
            #expect(answers.rows == trial.attempts.count)
            try await body(trial)
        }
    }

    @Test
    func elasticsearch() async throws {
        try await Self.with("elasticsearch", 9200) { trial in
            let health = try trial.table("elasticsearch_health")
            #expect(health.cells("status") == ["yellow"] && health.cells("unassigned_shards") == ["1"])
            let shards = try trial.table("elasticsearch_shards")
            #expect(shards.cells("state") == ["STARTED", "UNASSIGNED"])
            #expect(shards.cells("unassigned_reason") == [nil, "NODE_LEFT"])
            #expect(shards.cells("unassigned_at") == [nil, "2026-11-29T08:14:02.193000000Z"])
            let indices = try trial.table("elasticsearch_indices")
            #expect(indices.cells("store_bytes") == ["32610713", nil] && indices.cells("docs") == ["3014", nil])
            let nodes = try trial.table("elasticsearch_nodes")
            #expect(nodes.cells("heap_percent") == ["45"] && nodes.cells("disk_used_percent") == ["47.12"])
            let allocation = try trial.table("elasticsearch_allocation")
            #expect(allocation.cells("node_name") == ["es-0", "UNASSIGNED"])
            #expect(allocation.cells("disk_available_bytes") == ["37289811968", nil])
            let explained = try trial.table("elasticsearch_allocation_explain")
            #expect(explained.cells("reason") == ["NODE_LEFT"] && explained.cells("can_allocate") == ["no"])
            #expect(try trial.table("elasticsearch_pending_tasks").cells("priority") == ["URGENT"])
            #expect(try trial.table("elasticsearch_root").cells("version") == ["8.13.4"])
        }
    }

    @Test
    func qdrant() async throws {
        try await Self.with("qdrant", 6333) { trial in
            #expect(try trial.table("qdrant_collections").cells("collection") == ["documents"])
            let cluster = try trial.table("qdrant_cluster")
            #expect(cluster.cells("raft_role") == ["Leader"] && cluster.cells("consensus_thread") == ["working"])
            let peers = try trial.table("qdrant_peers")
            #expect(peers.cells("peer_id") == ["5395257186314509", "8182739102837465"])
            let shards = try trial.table("qdrant_shards")
            #expect(shards.cells("collection") == ["documents"] && shards.cells("status") == ["yellow"])
            #expect(shards.cells("points") == ["1204"])
            #expect(try trial.table("qdrant_server").cells("version") == ["1.14.0"])
            #expect(try trial.table("qdrant_metrics").cells("metric").contains("rest_responses_total"))
            // A server that is not ready says so with 503, which is an answer.
            #expect(try trial.table("qdrant_answers").cells("status").contains("503"))
        }
    }

    @Test
    func grafana() async throws {
        try await Self.with("grafana", 3000) { trial in
            #expect(try trial.table("grafana_health").cells("database") == ["ok"])
            let metrics = try trial.table("grafana_metrics")
            #expect(metrics.rows == 4 && metrics.cells("metric").contains("grafana_datasource_request_total"))
        }
    }
}
