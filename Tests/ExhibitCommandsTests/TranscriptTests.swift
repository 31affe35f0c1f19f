import Foundation
import Testing

/// Kubernetes of a version that the test cluster is not of: **recorded**, see Transcripts/README.md.
@Suite(.needsBinary)
struct TranscriptTests {
    private static func capture(
        _ transcript: String, _ arguments: [String], expecting codes: Set<Int32>
    ) async throws -> (Capture, unanswered: [String]) {
        let server = try TranscriptServer(transcript)
        defer { server.stop() }
        let capture = try await Scratch.withFolder { folder in
            try await Capture.collect(
                arguments + ["-n", "exhibit-demo", "--touch", "none", "--without", "openapi"],
                kubeconfig: try server.kubeconfig(in: folder), expecting: codes)
        }
        // Recorded before log files were read from nodes: without them logs come as they did then. And before events of nodes were
        // asked for.
        return (
            capture,
            server.unanswered.filter { !$0.contains("/proxy/logs/") && !$0.contains("/namespaces/default/events?") }
        )
    }

    @Test
    func aWorkloadOf136IsWhole() async throws {
        let (capture, unanswered) = try await Self.capture(
            "kubernetes-1.36", ["statefulset/store", "--without", "kubelet-metrics"], expecting: Exhibit.Code.sealed)
        #expect(unanswered.isEmpty)
        let lines = try capture.ledger().filter { $0.step != "list of nodes" }
        let others = lines.filter { !["ok", "empty"].contains($0.state) }
        #expect(others.allSatisfy { $0.reason?.code == "TouchNone" }, "\(others)")
        let place = "data/namespaces/exhibit-demo"
        for file in [
            "core/pods.yaml", "apps/statefulsets.yaml", "core/services.yaml", "discovery.k8s.io/endpointslices.yaml",
            "events.k8s.io/events.yaml", "policy/poddisruptionbudgets.yaml",
        ] {
            #expect(capture.has("\(place)/\(file)"), "\(file)")
        }
        // What 1.20 does not have: an event in the new form, with its series; the columns of kinds of today.
        let events = try capture.text("\(place)/events.k8s.io/events.yaml")
        #expect(events.contains("reason: Rebalanced") && events.contains("count: 4"))
        // Aggregated discovery as it came, and one by one as kubectl of any version asks for it.
        let api = "data/cluster/api"
        #expect(try capture.text("\(api)/apis.aggregated.json").contains("apidiscovery.k8s.io/v2"))
        #expect(try capture.text("\(api)/apis/resource.k8s.io/v1.json").contains("resourceclaimtemplates"))
        #expect(try capture.text("\(api)/access/self.json").contains("SelfSubjectReview"))
        let opening = try capture.text("meta/bundle.json")
        #expect(opening.contains("v1.36.2"))
    }

    @Test
    func whoMayOnlySeePodsOf136IsToldWhatIsLacking() async throws {
        let (capture, unanswered) = try await Self.capture(
            "kubernetes-1.36-pods-only",
            ["pod/store-0", "--as", "system:serviceaccount:exhibit-demo:default", "--without", "api"],
            expecting: [Exhibit.Code.sealedWithGaps])
        #expect(unanswered.isEmpty)
        let lines = try capture.ledger().filter { $0.step != "list of nodes" }
        #expect(lines.contains { $0.collector == "pods" && $0.step == "pods" && $0.state == "ok" })
        let logs = try #require(lines.first { $0.collector == "logs" })
        #expect(logs.state == "denied" && logs.reason?.code == "Forbidden")
        let objects = lines.filter { ["objects", "cluster-objects", "events"].contains($0.collector) }
        #expect(objects.count > 50 && objects.allSatisfy { $0.state == "denied" && $0.reason?.code == "Forbidden" })
        // The message is the server's, with what it forbids.
        #expect(objects.allSatisfy { $0.reason?.message.contains("cannot list resource") == true })
    }
}
