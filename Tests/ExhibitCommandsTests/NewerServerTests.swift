import Foundation
import Testing

/// What only newer API servers have, or ones with aggregated APIs: the test cluster is one of 1.20 without any, so a fake answers.
@Suite(.needsBinary)
struct NewerServerTests {
    private static let answers: [String: String] = [
        "/apis": """
        {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[
        {"metadata":{"name":"authentication.k8s.io"},"versions":[{"version":"v1","freshness":"Current","resources":[
        {"resource":"selfsubjectreviews","responseKind":{"kind":"SelfSubjectReview"},"scope":"Cluster","verbs":["create"]}]}]},
        {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Current","resources":[
        {"resource":"pods","responseKind":{"kind":"PodMetrics"},"scope":"Namespaced","verbs":["get","list"]}]}]},
        {"metadata":{"name":"broken.example.org"},"versions":[{"version":"v1","freshness":"Stale"}]}]}
        """,
        "/apis/authentication.k8s.io/v1/selfsubjectreviews":
            #"{"kind":"SelfSubjectReview","status":{"userInfo":{"username":"alice"}}}"#,
        "/apis/metrics.k8s.io/v1beta1/namespaces/fake/pods": """
        {"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[{"metadata":
        {"name":"worker","namespace":"fake"},"containers":[{"name":"main","usage":{"cpu":"17m","memory":"9Mi"}}]}]}
        """,
        "/openapi/v3": #"{"paths":{"api/v1":{},"apis/broken.example.org/v1":{},"apis/../../secrets":{}}}"#,
        "/openapi/v3/api/v1": #"{"openapi":"3.0.0"}"#,
    ]

    @Test
    func itsDocumentsAreKeptAndABrokenGroupCostsItsOwnLines() async throws {
        let server = try FakeAPIServer { path in
            if let body = Self.answers[path] { return .body(body) }
            return path.contains("broken.example.org") ? .refusal(503) : .usual
        }
        defer { server.stop() }
        let capture = try await Scratch.withFolder { folder in
            try await Capture.collect(
                ["namespace/fake", "--touch", "none"], kubeconfig: try server.kubeconfig(in: folder),
                expecting: [Exhibit.Code.sealedWithGaps])
        }
        let base = "data/cluster/api"
        // Byte for byte.
        #expect(try capture.text("\(base)/apis.aggregated.json") == Self.answers["/apis"])
        #expect(try capture.text("\(base)/access/self.json").contains("alice"))
        #expect(try capture.text("\(base)/openapi/v3/api/v1.json") == Self.answers["/openapi/v3/api/v1"])
        #expect(try capture.text("data/namespaces/fake/metrics.k8s.io/pods.yaml").contains("17m"))
        let lines = try capture.ledger()
        let metrics = try #require(lines.first { $0.collector == "metrics" })
        #expect(metrics.state == "ok")
        let broken = lines.filter { $0.target.resource?.contains("broken.example.org") == true }
        #expect(broken.map(\.state) == ["error", "error"], "its discovery and its schema: \(broken)")
        // A name that climbs is refused, and nothing is asked.
        let climbing = try #require(lines.first { $0.target.resource?.contains("..") == true })
        #expect(climbing.state == "error")
        let missing = try #require(lines.first { $0.target.resource == "/openapi/v2" })
        #expect(missing.state == "missing" && missing.reason?.code == "NotServed")
    }
}
