import OfflineServer
import StructuredText
import TestSupport
import Testing

/// Objects that no API server ever had.
struct HostileObjectTests {
    static let resources = [
        "pods", "podtemplates", "replicationcontrollers", "replicasets.apps", "deployments.apps", "statefulsets.apps",
        "daemonsets.apps", "controllerrevisions.apps", "jobs.batch", "cronjobs.batch", "services", "endpoints",
        "endpointslices.discovery.k8s.io", "ingresses.networking.k8s.io", "ingresses.extensions",
        "ingressclasses.networking.k8s.io", "networkpolicies.networking.k8s.io", "nodes", "namespaces", "events",
        "events.events.k8s.io", "secrets", "configmaps", "serviceaccounts", "resourcequotas", "persistentvolumes",
        "persistentvolumeclaims", "storageclasses.storage.k8s.io", "volumeattachments.storage.k8s.io",
        "csinodes.storage.k8s.io", "csidrivers.storage.k8s.io", "csistoragecapacities.storage.k8s.io",
        "rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
        "certificatesigningrequests.certificates.k8s.io", "horizontalpodautoscalers.autoscaling",
        "poddisruptionbudgets.policy", "priorityclasses.scheduling.k8s.io", "runtimeclasses.node.k8s.io",
        "leases.coordination.k8s.io", "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io", "apiservices.apiregistration.k8s.io",
        "flowschemas.flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    ]
    /// Members that the printers look for.
    private static let members = [
        "metadata", "spec", "status", "name", "namespace", "labels", "annotations", "creationTimestamp",
        "deletionTimestamp", "ownerReferences", "controller", "kind", "apiVersion", "containers", "initContainers",
        "containerStatuses", "initContainerStatuses", "state", "lastState", "terminated", "finishedAt", "waiting",
        "running", "reason", "exitCode", "restartCount", "replicas", "readyReplicas", "template", "selector",
        "matchLabels", "matchExpressions", "key", "operator", "values", "conditions", "type", "addresses", "ports",
        "subsets", "endpoints", "rules", "host", "loadBalancer", "ingress", "ip", "externalIPs", "clusterIPs",
        "metrics", "currentMetrics", "resource", "target", "averageValue", "averageUtilization", "current", "hard",
        "used", "startTime", "completionTime", "completions", "expirationSeconds", "series", "involvedObject",
        "regarding", "count", "message", "note", "subjects", "roleRef", "data", "tokenRequests", "limited",
        "autoscaling.alpha.kubernetes.io/metrics", "targetCPUUtilizationPercentage", "podIPs", "readinessGates",
    ]
    private static let scalars: [JSONValue] = [
        nil, true, false, 0, -1, 2_147_483_648, .number("1e400"), .number("99999999999999999999999"),
        .number("-9223372036854775808"), .number("9223372036854775807"), .number("1.5"), "", "True", "Ready", "In",
        "Resource", "LoadBalancer", "2026-11-30T11:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "1677-09-21T00:12:44Z", "2262-04-11T23:47:16Z", "\u{1b}[31m\u{202e}\n\0", "🧨", "[{\"type\":\"Pods\"}]", "[",
        "Always", "limits.cpu",
    ]

    private static func value(_ depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
        switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &generator) {
        case 0: return scalars.randomElement(using: &generator) ?? nil
        case 1:
            return .array((0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth - 1, &generator) })
        default:
            let count = Int.random(in: 0..<14, using: &generator)
            return .object(
                JSONObject(
                    (0..<count).map { _ in
                        (members.randomElement(using: &generator) ?? "", value(depth - 1, &generator))
                    }))
        }
    }

    @Test func haveAsManyCellsAsColumns() async throws {
        try await TableBundle.with([:]) { printers in
            var generator = SeededGenerator(seed: 7)
            var objects = Self.scalars
            for _ in 0..<60 { objects.append(Self.value(5, &generator)) }
            for spec in objects.prefix(40) {
                objects.append(
                    [
                        "metadata": ["name": "x", "labels": spec, "ownerReferences": spec], "spec": spec,
                        "status": Self.value(4, &generator),
                    ])
            }
            for name in Self.resources {
                let printer = try await printers.printer(for: APIResource(full: name))
                #expect(printer.columns.map { $0["name"]?.string } != ["Name", "Created At"], "\(name)")
                for object in objects {
                    let row = printer.row(of: StoredObject(object))
                    #expect(row.cells.count == printer.columns.count, "\(name)")
                    #expect(row.cells.allSatisfy { $0.array == nil && $0.object == nil }, "\(name)")
                    #expect(row.cells.allSatisfy { !($0.string ?? "").utf8.contains(0x1B) }, "\(name)")
                }
            }
        }
    }

    @Test func withoutAnythingSayWhatTheAPITakesForIt() async throws {
        try await TableBundle.with([:]) { printers in
            func cells(_ resource: String, _ json: String) async throws -> [JSONValue] {
                try await printers.printer(for: APIResource(full: resource)).row(of: try StoredObject(json: json)).cells
            }
            let name = #"{"metadata":{"name":"x"}}"#
            let pod = try await cells("pods", name)
            #expect(pod == ["x", "0/0", "Unknown", "0", "<unknown>", "<none>", "<none>", "<none>", "<none>"])
            let node = try await cells("nodes", name)
            #expect(node.prefix(4) == ["x", "Unknown", "<none>", "<unknown>"])
            let service = try await cells("services", name)
            #expect(service == ["x", "", "<none>", "<unknown>", "<none>", "<unknown>", "<none>"])
            let set = try await cells(
                "replicasets.apps", #"{"metadata":{"name":"x"},"status":{"replicas":"many"}}"#)
            #expect(set[2] == "<unknown>")
        }
    }

    /// As kubectl shows it since 1.26; earlier ones would hand it to the terminal.
    @Test func doNotReachTheTerminal() async throws {
        try await TableBundle.with([:]) { printers in
            let printer = try await printers.printer(for: APIResource(full: "events"))
            let cells = printer.cells(
                of: StoredObject(
                    ["metadata": ["name": "e"], "message": "\u{1b}]0;x\u{7}\r\u{9b}2J\u{7f}\tü\nnext"]))
            #expect(cells["Message"]?.string == "^[]0;x^G\\r\u{FFFD}2J^?\tü\nnext")
        }
    }
}
