internal import Inspection
internal import StructuredText

extension KindColumns {
    static let pods: [String: [PrintedColumn]] = [
        "pods": [
            .name,
            .text("Ready") { "\($0.pod.ready)/\($0.pod.containers)" },
            .text("Status") { $0.pod.status },
            .text("Restarts") { object in
                let pod = object.pod
                guard pod.restarts != 0, let last = pod.lastRestart else { return "\(pod.restarts)" }
                return "\(pod.restarts) (\(object.age(last)) ago)"
            },
            .age,
            .text("IP", isWide: true) { object in
                (object.list("status", "podIPs").first?["ip"]?.text ?? object.text("status", "podIP")).or("<none>")
            },
            .text("Node", isWide: true, at: "spec", "nodeName", or: "<none>"),
            .text("Nominated Node", isWide: true, at: "status", "nominatedNodeName", or: "<none>"),
            .text("Readiness Gates", isWide: true, readinessGates),
        ],
        "podtemplates": [
            .name,
            .text("Containers") { containers($0, "name", "template", "spec", "containers") },
            .text("Images") { containers($0, "image", "template", "spec", "containers") },
            .text("Pod Labels") { LabelText.labels($0.at("template", "metadata", "labels")) },
        ],
    ]

    @Sendable private static func readinessGates(_ object: PrintedObject) -> String {
        let gates = object.list("spec", "readinessGates")
        guard !gates.isEmpty else { return "<none>" }
        // The first of a type counts.
        let states = Dictionary(
            object.list("status", "conditions").map { ($0["type"]?.text ?? "", $0["status"]?.text) }
        ) { first, _ in first }
        let open = gates.count { states[$0["conditionType"]?.text ?? ""] == "True" }
        return "\(open)/\(gates.count)"
    }

    /// A member of each container, in one line.
    static func containers(_ object: PrintedObject, _ member: String, _ path: String...) -> String {
        (object.at(path)?.elements ?? []).map { $0[member]?.text ?? "" }.joined(separator: ",")
    }
}
