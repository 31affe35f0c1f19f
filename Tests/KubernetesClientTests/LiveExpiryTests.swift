import Foundation
import KubernetesClient
import StructuredText
import Testing

/// A real API server whose etcd forgets the state that a list was begun in, between two of its pages.
@Suite(
    .enabled(if: LiveCluster.sibling("restricted") != nil, "the cluster is not one of Scripts/test-cluster"),
    .enabled(if: geteuid() == 0, "only root may have etcd forget"), .timeLimit(.minutes(2)))
struct LiveExpiryTests {
    /// More than a page of them, and no test makes or removes any.
    private static let roles = APIResource(
        group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles", kind: "ClusterRole",
        namespaced: false)

    @Test
    func aListGoesOnInANewerState() async throws {
        try await LiveCluster.withClient { client in
            var all: Set<String> = []
            _ = try await client.list(Self.roles, options: ListOptions(limit: 500)) { bytes in
                all.insert(try Self.name(bytes))
            }
            var names: [String] = []
            let result = try await client.list(Self.roles, options: ListOptions(limit: 10)) { bytes in
                names.append(try Self.name(bytes))
                guard names.count == 1 else { return }
                try Self.compact()
            }
            #expect(result.inconsistent && !result.restarted, "\(result)")
            #expect(names.count == Set(names).count && Set(names) == all)
        }
    }

    private static func name(_ bytes: ArraySlice<UInt8>) throws -> String {
        let metadata = try JSONValue(parsing: bytes)["metadata"]
        return "\(metadata?["namespace"]?.string ?? "")/\(metadata?["name"]?.string ?? "")"
    }

    private static func compact() throws {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let script = Process()
        script.executableURL = root.appendingPathComponent("Scripts/test-cluster")
        script.arguments = ["compact"]
        try script.run()
        script.waitUntilExit()
        #expect(script.terminationStatus == 0)
    }
}
