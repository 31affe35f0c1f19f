import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Testing

/// What is captured of the API server itself, and of the kubelets, from the cluster of `Scripts/test-cluster`.
@Suite(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG is not set"))
struct APIDocumentTests {
    private static let names = ["api", "openapi", "kubelet-metrics", "objects", "cluster-objects", "metrics"]

    private static func json(_ capture: LiveCapture, _ path: String) throws -> [String: Any] {
        let bytes = try #require(capture.contents["data/" + path], "\(path) is not there")
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any], "\(path)")
    }

    @Test
    func aNamespaceHasWhatAnOfflineServerNeeds() async throws {
        let capture = try await LiveCapture.of("namespace/exhibit-demo", catalog: LiveCapture.builtIn(Self.names))
        #expect(try Self.json(capture, "cluster/api/version.json")["gitVersion"] is String)
        #expect(try Self.json(capture, "cluster/api/apis.json")["kind"] as? String == "APIGroupList")
        let apps = try Self.json(capture, "cluster/api/apis/apps/v1.json")
        #expect(apps["groupVersion"] as? String == "apps/v1")
        #expect(try Self.json(capture, "cluster/api/openapi/v2.json")["swagger"] as? String == "2.0")
        // Field 1 of gnostic's document is the text "2.0".
        let protobuf = try #require(capture.contents["data/cluster/api/openapi/v2.pb"])
        #expect(protobuf.starts(with: [0x0A, 3] + Array("2.0".utf8)))
        let rules = try Self.json(capture, "cluster/api/access/rules/exhibit-demo.json")
        #expect((rules["status"] as? [String: Any])?["resourceRules"] is [Any])
    }

    /// The same rows as the captured objects, of the same state.
    @Test
    func rowsAreThoseOfTheList() async throws {
        let capture = try await LiveCapture.of("namespace/exhibit-demo", catalog: LiveCapture.builtIn(Self.names))
        let table = try Self.json(capture, "cluster/api/tables/api/v1/namespaces/exhibit-demo/configmaps.json")
        let rows = try #require(table["rows"] as? [[String: Any]])
        let names = rows.compactMap { ($0["cells"] as? [Any])?.first as? String }
        #expect(names.contains("app-config"))
        let lists = try #require(capture.contents["data/cluster/api/lists.jsonl"])
        let line = try #require(
            String(decoding: lists, as: UTF8.self).split(separator: "\n").first {
                $0.contains(#""resource":"configmaps""#) && $0.contains(#""namespace":"exhibit-demo""#)
            })
        let version = try #require((table["metadata"] as? [String: Any])?["resourceVersion"] as? String)
        #expect(line.contains("\"resourceVersion\":\"\(version)\""))
        // Objects without a namespace are filtered by what belongs to the target: their rows are not kept.
        let nodes = try Self.json(capture, "cluster/api/tables/api/v1/nodes.json")
        #expect((nodes["columnDefinitions"] as? [Any])?.isEmpty == false)
        #expect((nodes["rows"] as? [Any] ?? []).isEmpty)
    }

    @Test
    func ofAPodThereAreColumnsAndUsageAndItComesLast() async throws {
        let capture = try await LiveCapture.of("deployment/shell", catalog: LiveCapture.builtIn())
        let pods = try Self.json(capture, "cluster/api/tables/api/v1/pods.json")
        #expect((pods["columnDefinitions"] as? [Any])?.isEmpty == false)
        #expect((pods["rows"] as? [Any] ?? []).isEmpty)
        let summaries = capture.contents.keys.filter { $0.hasSuffix("/metrics/summary.json") }
        let path = try #require(summaries.first)
        #expect(try Self.json(capture, String(path.dropFirst(5)))["node"] != nil)
        let ranks = capture.lines.filter { $0.collector == "api" || $0.collector == "openapi" }.map(\.attempt)
        let others = capture.lines.filter { $0.collector != "api" && $0.collector != "openapi" }.map(\.attempt)
        #expect(try #require(ranks.min()) > #require(others.max()))
    }

    /// This server is older than OpenAPI v3, or has it: both are answers.
    @Test
    func whatTheServerDoesNotHaveIsNoLoss() async throws {
        let capture = try await LiveCapture.of("namespace/exhibit-demo", catalog: LiveCapture.builtIn(["openapi"]))
        let line = try #require(capture.lines.first { $0.target.resource == "/openapi/v3" })
        #expect(line.state == .ok || line.reason?.code == "NotServed", "\(line)")
        let gap = Gap(collector: "openapi", state: .missing, code: "NotServed", count: 1, example: "")
        #expect(!gap.isLoss)
    }
}
