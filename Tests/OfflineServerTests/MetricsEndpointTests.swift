import BundleFormat
import Collection
import Foundation
import Inspection
import OfflineServer
import StructuredText
import Testing

/// Usage as metrics-server answers it, from what kubelets measured.
struct MetricsEndpointTests {
    private static let summary = """
        {"node": {"nodeName": "n1", "cpu": {"time": "2026-11-30T12:27:09Z", "usageNanoCores": 1951756513},
          "memory": {"time": "2026-11-30T12:27:09Z", "workingSetBytes": 6691401728}},
        "pods": [
        {"podRef": {"name": "web", "namespace": "prod", "uid": "1"}, "containers": [
          {"name": "app", "cpu": {"time": "2026-11-30T12:27:17Z", "usageNanoCores": 1203022},
            "memory": {"workingSetBytes": 47951872}},
          {"name": "proxy", "cpu": {"time": "2026-11-30T12:27:11Z", "usageNanoCores": 5000000},
            "memory": {"workingSetBytes": 16777216}}]},
        {"podRef": {"name": "half", "namespace": "prod", "uid": "2"}, "containers": [
          {"name": "a", "cpu": {"time": "2026-11-30T12:27:17Z", "usageNanoCores": 1}, "memory": {"workingSetBytes": 1}},
          {"name": "b", "memory": {"workingSetBytes": 1}}]},
        {"podRef": {"name": "done", "namespace": "prod", "uid": "3"}, "containers": [
          {"name": "a", "cpu": {"time": "2026-11-30T12:27:17Z", "usageNanoCores": 1}, "memory": {"workingSetBytes": 1}}]},
        {"podRef": {"name": "elsewhere", "namespace": "other", "uid": "4"}, "containers": [
          {"name": "a", "cpu": {"time": "2026-11-30T12:27:17Z", "usageNanoCores": 0}, "memory": {"workingSetBytes": 0}}]},
        {"podRef": {"name": "uncaptured", "namespace": "prod", "uid": "5"}, "containers": [
          {"name": "a", "cpu": {"time": "2026-11-30T12:27:17Z", "usageNanoCores": 1}, "memory": {"workingSetBytes": 1}}]}
        ]}
        """

    private static func pod(_ name: String, _ namespace: String = "prod", phase: String = "Running")
        -> WrittenBundle.Attempt
    {
        .objects(
            "namespaces/\(namespace)/pods/\(name)/\(name).yaml",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}}
            spec: {nodeName: n1, containers: [{name: a, image: i}]}
            status: {phase: \(phase)}

            """)
    }

    private static let pods = [
        pod("web"), pod("half"), pod("done", phase: "Succeeded"), pod("elsewhere", "other"), pod("unmeasured"),
    ]

    private static var usage: WrittenBundle.Attempt {
        WrittenBundle.Attempt(
            collector: "kubelet-metrics", step: "metrics", target: Target(kind: "Node", name: "n1"),
            path: "nodes/n1/metrics/summary.json", text: summary)
    }

    private func with(
        _ attempts: [WrittenBundle.Attempt], _ body: (MetricsEndpoint) async throws -> Void
    ) async throws {
        let folder = try ScratchFolder()
        let definition = try String(
            decoding: Data(contentsOf: URL(fileURLWithPath: "collectors/kubelet-metrics.yaml")), as: UTF8.self)
        try await body(
            MetricsEndpoint(
                try await WrittenBundle.served(
                    attempts, definitions: ["kubelet-metrics.yaml": definition], in: folder)))
        withExtendedLifetime(folder) {}
    }

    private func names(
        _ endpoint: MetricsEndpoint, namespace: String? = nil, _ query: [(name: String, value: String)] = []
    ) async throws -> [String] {
        let list = try await endpoint.respond(
            "pods", namespace: namespace, name: nil, to: APIRequest(path: [], query: query)
        ).json()
        return (list["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
    }

    @Test func aPodIsAsMetricsServerHasIt() async throws {
        try await with(Self.pods + [Self.usage]) { endpoint in
            let isServed = try await endpoint.isServed()
            #expect(isServed)
            let answer = try await endpoint.respond("pods", namespace: "prod", name: "web", to: APIRequest(path: []))
            let text = try await answer.text()
            #expect(
                text
                    == #"{"kind":"PodMetrics","apiVersion":"metrics.k8s.io/v1beta1","metadata":{"name":"web","namespace":"prod","creationTimestamp":"2026-11-30T12:27:11Z","labels":{"app":"web"}},"timestamp":"2026-11-30T12:27:11Z","window":"10s","containers":[{"name":"app","usage":{"cpu":"1203022n","memory":"46828Ki"}},{"name":"proxy","usage":{"cpu":"5m","memory":"16Mi"}}]}"#
            )
        }
    }

    /// Not those of which a container has no figures, that do not run, that were not captured, or that nobody measured.
    @Test func onlyPodsWithUsageAreListed() async throws {
        try await with(Self.pods + [Self.usage]) { endpoint in
            let all = try await names(endpoint)
            #expect(all == ["elsewhere", "web"])
            let labelled = try await names(endpoint, [("labelSelector", "app in (web,half)")])
            #expect(labelled == ["web"])
            let named = try await names(endpoint, [("fieldSelector", "metadata.name!=web")])
            #expect(named == ["elsewhere"])
            let prod = try await names(endpoint, namespace: "prod")
            #expect(prod == ["web"])
            await #expect(throws: APIFailure.self) {
                try await names(endpoint, [("fieldSelector", "status.phase=Running")])
            }
            let missing = await #expect(throws: APIFailure.self) {
                try await endpoint.respond("pods", namespace: "prod", name: "half", to: APIRequest(path: []))
            }
            #expect(missing?.message == #"podmetrics.metrics.k8s.io "prod/half" not found"#)
        }
    }

    @Test func aNodeIsAsItsKubeletMeasuredIt() async throws {
        try await with([Self.usage]) { endpoint in
            let list = try await endpoint.respond("nodes", namespace: nil, name: nil, to: APIRequest(path: [])).json()
            #expect(list["kind"]?.string == "NodeMetricsList" && list["items"]?.array?.count == 1)
            let node = list["items"]?[0]
            #expect(node?["usage"]?["cpu"]?.string == "1951756513n")
            #expect(node?["usage"]?["memory"]?.string == "6534572Ki")
            #expect(node?["timestamp"]?.string == "2026-11-30T12:27:09Z")
        }
    }

    @Test func whatTheClusterItselfAnsweredGoesBefore() async throws {
        let own = WrittenBundle.Attempt.objects(
            "namespaces/prod/metrics.k8s.io/pods.yaml",
            """
            apiVersion: metrics.k8s.io/v1beta1
            kind: PodMetricsList
            items:
            - metadata: {name: web, namespace: prod}
              timestamp: "2026-11-30T12:27:00Z"
              window: 30s
              containers: [{name: app, usage: {cpu: 7n, memory: 9Ki}}]

            """)
        try await with(Self.pods + [Self.usage, own]) { endpoint in
            let answer = try await endpoint.respond("pods", namespace: "prod", name: "web", to: APIRequest(path: []))
            let pod = try await answer.json()
            #expect(pod["kind"]?.string == "PodMetrics" && pod["window"]?.string == "30s")
            #expect(pod["containers"]?[0]?["usage"]?["cpu"]?.string == "7n")
            // By the pod's own labels.
            let labelled = try await names(endpoint, [("labelSelector", "app=web")])
            #expect(labelled == ["web"])
        }
    }

    @Test func aListSaysWhichKubeletsDidNotTell() async throws {
        var denied = Self.usage
        denied.target = Target(kind: "Node", name: "n2")
        (denied.path, denied.outcome) = (nil, .denied("Forbidden", "nodes/proxy is forbidden"))
        try await with(Self.pods + [Self.usage, denied]) { endpoint in
            let list = try await endpoint.respond("pods", namespace: nil, name: nil, to: APIRequest(path: []))
            #expect(list.warnings == [#"299 - "usage on node n2 was not captured: denied (Forbidden)""#])
        }
    }

    @Test func withoutUsageItIsNotServed() async throws {
        try await with(Self.pods) { endpoint in
            let isServed = try await endpoint.isServed()
            #expect(!isServed)
        }
    }
}
