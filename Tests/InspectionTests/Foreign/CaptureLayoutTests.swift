import Foundation
import Inspection
import Testing

/// What lies where in the captures of each tool, on small ones that are laid out as its source lays them out.
struct CaptureLayoutTests {
    private func capture(_ paths: [String]) async throws -> (capture: ForeignCapture, folder: TestFolder) {
        let folder = try TestFolder()
        for path in paths { try folder.write("x", to: "case/" + path) }
        return (try await ForeignCapture(path: folder.file("case")), folder)
    }

    private func expect(_ kind: CaptureKind, _ roles: KeyValuePairs<String, FileRole>) async throws -> ForeignCapture {
        let (capture, folder) = try await capture(roles.map(\.key))
        #expect(capture.kind == kind)
        let files = try await capture.list()
        for (path, role) in roles {
            let file = try #require(files.first { $0.path == path })
            #expect(capture.role(of: file) == role, "\(path)")
        }
        withExtendedLifetime(folder) {}
        return capture
    }

    private func log(
        _ namespace: String, _ pod: String, _ container: String?, _ stream: LogPlace.Stream = .current
    ) -> FileRole {
        .log(LogPlace(namespace: namespace, pod: pod, container: container, stream: stream))
    }

    @Test
    func mustGatherOfSeveralImages() async throws {
        let a = "must-gather.local.1/quay-io-a-sha256-1/"
        let b = "must-gather.local.1/quay-io-b-sha256-2/"
        let capture = try await expect(
            .mustGather,
            [
                "must-gather.local.1/event-filter.html": .other,
                "must-gather.local.1/timestamp": .other,
                a + "version": .other,
                a + "cluster-scoped-resources/core/nodes/n1.yaml": .objects(.yaml),
                a + "cluster-scoped-resources/config.openshift.io/clusterversions.yaml": .objects(.yaml),
                a + "host_service_logs/masters/kubelet_service.log": .other,
                a + "namespaces/prod/prod.yaml": .objects(.yaml),
                a + "namespaces/prod/core/events.yaml": .objects(.yaml),
                a + "namespaces/prod/apps/deployments/api.yaml": .objects(.yaml),
                a + "namespaces/prod/pods/api/api.yaml": .objects(.yaml),
                a + "namespaces/prod/pods/api/main/main/logs/current.log": log("prod", "api", "main"),
                b + "namespaces/prod/pods/api/main/main/logs/previous.log": log("prod", "api", "main", .previous),
                b + "namespaces/prod/pods/api/main/main/logs/previous.insecure.log":
                    log("prod", "api", "main", .previous),
                b + "namespaces/prod/pods/api/main/main/logs/rotated/0.log.20260101-000000":
                    log("prod", "api", "main", .rotated),
                b + "namespaces/prod/pods/api/main/main/logs/rotated/0.log.20260101-000000.gz":
                    log("prod", "api", "main", .rotated),
                b + "namespaces/prod/pods/api/main/main/healthz/index": .other,
            ])
        #expect(capture.lacks == ["a ledger of what was asked for and not had", "a seal"])
    }

    @Test
    func troubleshoot() async throws {
        let capture = try await expect(
            .troubleshoot,
            [
                "version.yaml": .other,
                "cluster-info/cluster_version.json": .other,
                "cluster-resources/nodes.json": .objects(.json, assuming: ObjectType(apiVersion: "v1", kind: "Node")),
                "cluster-resources/nodes-errors.json": .other,
                "cluster-resources/groups.json": .other,
                "cluster-resources/clusterRoleBindings.json": .objects(
                    .json, assuming: ObjectType(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding")),
                "cluster-resources/pods/prod.json": .objects(
                    .json, assuming: ObjectType(apiVersion: "v1", kind: "Pod")),
                "cluster-resources/auth-cani-list/prod.json": .other,
                "cluster-resources/image-pull-secrets/prod/registry.json": .other,
                "cluster-resources/custom-resources/a.example.com/prod.yaml": .other,
                "cluster-resources/custom-resources/a.example.com/prod.json": .objects(.json),
                "cluster-resources/custom-resources/b.example.com/prod.yaml": .objects(.yaml),
                "cluster-resources/custom-resources/c.example.com.json": .objects(.json),
                "cluster-resources/pods/logs/prod/api/main.log": log("prod", "api", "main"),
                "cluster-resources/pods/logs/prod/api/main-previous.log": log("prod", "api", "main", .previous),
                "cluster-resources/pods/logs/prod/api/main-logs-errors.log": .other,
                "all-logs/prod/api/main.log": log("prod", "api", "main"),
                "host-collectors/system/a/b.log": .other,
            ])
        #expect(capture.lacks.first == "events")
    }

    @Test
    func clusterInfoDump() async throws {
        let capture = try await expect(
            .clusterInfoDump,
            [
                "nodes.json": .objects(.json),
                "prod/pods.json": .objects(.json),
                "prod/replication-controllers.json": .objects(.json),
                "prod/else.json": .other,
                "prod/api/logs.txt": log("prod", "api", nil),
            ])
        #expect(capture.lacks.first == "events")
    }

    @Test
    func rancher() async throws {
        let root = "supportbundle_1_2026-01-01T00-00-00Z/"
        let capture = try await expect(
            .rancher,
            [
                root + "metadata.yaml": .other,
                root + "bundleGenerationError.log": .other,
                root + "yamls/cluster/v1/nodes.yaml": .objects(.yaml),
                root + "yamls/namespaced/prod/v1/events.yaml": .objects(.yaml),
                root + "yamls/namespaced/prod/apps/v1/deployments.yaml": .objects(.yaml),
                root + "logs/prod/api/main.log": log("prod", "api", "main"),
                root + "logs/prod/api/main.log.1": log("prod", "api", "main", .previous),
                root + "nodes/n1.zip": .other,
                root + "nodes/n2.zip": .other,
            ])
        #expect(capture.lacks.first == "what is in 2 archives inside of it, which are not opened")
    }

    @Test(.enabled(if: ClusterDump.isPossible, "no cluster (EXHIBIT_TEST_KUBECONFIG), or no kubectl, to dump"))
    func whatKubectlReallyWrites() async throws {
        let folder = try TestFolder()
        try #require(
            try folder.shell(
                "kubectl cluster-info dump --namespaces kube-system,default --kubeconfig \"$1\" --output-directory=dump",
                ClusterDump.kubeconfig) == 0)
        for path in ["dump", "dump.tar.gz"] {
            if path != "dump" { try folder.shell("tar -czf dump.tar.gz dump") }
            let capture = try await ForeignCapture(path: folder.file(path))
            #expect(capture.kind == .clusterInfoDump)
            #expect(capture.problems.isEmpty)
            // All that kubectl writes has a place.
            #expect(try await capture.paths(holding: "other").isEmpty)
            #expect(try await capture.paths(holding: "objects").count == 15)
            #expect(capture.lacks.suffix(2) == ["a ledger of what was asked for and not had", "a seal"])
        }
    }
}

private enum ClusterDump {
    static let kubeconfig = ProcessInfo.processInfo.environment["EXHIBIT_TEST_KUBECONFIG"] ?? ""
    static var isPossible: Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return !kubeconfig.isEmpty
            && path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/kubectl") }
    }
}
