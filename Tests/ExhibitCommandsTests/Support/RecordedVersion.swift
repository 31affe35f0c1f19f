import Testing

/// A version of Kubernetes that the test cluster is not of, by its transcripts, and what is its own in a capture.
struct RecordedVersion: Sendable, CustomTestStringConvertible {
    /// Of the transcripts `kubernetes-<name>` and `kubernetes-<name>-pods-only`.
    var name: String
    /// As the server says it.
    var release: String
    /// The version of the aggregated discovery document that it answers with.
    var discovery: String
    /// Documents below `data/cluster/api/apis` that it has, and whether.
    var groups: [(path: String, has: Bool)]
    /// Texts in files below the namespace's folder; empty when its transcript is not of a whole namespace.
    var objects: [(path: String, texts: [String])] = []
    /// Objects that belong to `statefulset/store`, by file.
    var related: [(path: String, name: String)]
    /// Parts of requests that `exhibit` did not make yet when the transcript was recorded.
    var unasked: [String] = []
    /// Collectors that were left out when it was recorded.
    var without = ["kubelet-metrics"]

    var testDescription: String { name }

    /// What each of them has and 1.20 has not.
    static let common: [(path: String, texts: [String])] = [
        // An init container that runs on, and one that was added later.
        (
            "pods/sidecar/sidecar.yaml",
            ["    restartPolicy: Always", "targetContainerName: main", "podIPs:", "hostIPs:"]
        ),
        ("pods/gated/gated.yaml", ["schedulingGates:", "name: example.com/quota"]),
        ("batch/cronjobs.yaml", ["timeZone: Europe/Rome", "name: nightly"]),
        ("batch/jobs.yaml", ["completionMode: Indexed", "podFailurePolicy:", "backoffLimitPerIndex: 1", "name: once"]),
        ("discovery.k8s.io/endpointslices.yaml", ["forZones:", "serving: true", "zone: zone-a"]),
        ("autoscaling/horizontalpodautoscalers.yaml", ["containerResource:", "stabilizationWindowSeconds: 300"]),
        ("policy/poddisruptionbudgets.yaml", ["unhealthyPodEvictionPolicy: AlwaysAllow"]),
        ("networking.k8s.io/networkpolicies.yaml", ["endPort: 32768"]),
        ("core/persistentvolumeclaims.yaml", ["ReadWriteOncePod"]),
        ("coordination.k8s.io/leases.yaml", ["holderIdentity: shell-1"]),
        // An event in the new form, with its series, and those that 1.20 wrote.
        ("events.k8s.io/events.yaml", ["reason: Rebalanced", "count: 4", "reason: Scheduled"]),
        ("shop.example.com/widgets.yaml", ["color: blue", "12345678901234567000"]),
    ]

    static let all = [
        RecordedVersion(
            name: "1.29", release: "v1.29.14", discovery: "apidiscovery.k8s.io/v2beta1",
            groups: [
                ("admissionregistration.k8s.io/v1beta1.json", true), ("flowcontrol.apiserver.k8s.io/v1.json", true),
                ("resource.k8s.io/v1.json", false),
            ],
            objects: common,
            related: [
                ("core/pods.yaml", "store-0"), ("apps/statefulsets.yaml", "store"), ("core/services.yaml", "store"),
                ("discovery.k8s.io/endpointslices.yaml", "store-zone"),
                ("policy/poddisruptionbudgets.yaml", "store"), ("networking.k8s.io/ingresses.yaml", "store"),
                ("autoscaling/horizontalpodautoscalers.yaml", "store"), ("events.k8s.io/events.yaml", "store-0.1"),
            ]),
        // Recorded before log files were read from nodes, and before events of nodes were asked for.
        RecordedVersion(
            name: "1.36", release: "v1.36.2", discovery: "apidiscovery.k8s.io/v2",
            groups: [
                ("admissionregistration.k8s.io/v1beta1.json", false), ("flowcontrol.apiserver.k8s.io/v1.json", true),
                ("resource.k8s.io/v1.json", true),
            ],
            related: [
                ("core/pods.yaml", "store-0"), ("apps/statefulsets.yaml", "store"), ("core/services.yaml", "store"),
                ("discovery.k8s.io/endpointslices.yaml", "store-x1"), ("networking.k8s.io/ingresses.yaml", "store"),
                ("events.k8s.io/events.yaml", "store-0.1"),
            ],
            unasked: ["/proxy/logs/", "/namespaces/default/events?"], without: ["kubelet-metrics", "openapi"]),
    ]

    /// Those whose whole namespace was recorded, with OpenAPI.
    static let whole = all.filter { !$0.objects.isEmpty }
}
