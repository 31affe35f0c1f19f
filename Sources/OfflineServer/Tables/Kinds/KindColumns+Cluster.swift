internal import Inspection
internal import StructuredText

extension KindColumns {
    static let cluster: [String: [PrintedColumn]] = [
        "nodes": [
            .name,
            .text("Status") { object in
                // The last of a type counts.
                let ready = object.list("status", "conditions").last { $0["type"]?.text == "Ready" }
                let status = ready.map { $0["status"]?.text == "True" ? "Ready" : "NotReady" } ?? "Unknown"
                return object.at("spec", "unschedulable")?.isTrue == true ? status + ",SchedulingDisabled" : status
            },
            .text("Roles", roles),
            .age,
            .text("Version", at: "status", "nodeInfo", "kubeletVersion"),
            .text("Internal-IP", isWide: true) { address($0, "InternalIP") },
            .text("External-IP", isWide: true) { address($0, "ExternalIP") },
            .text("OS-Image", isWide: true, at: "status", "nodeInfo", "osImage", or: "<unknown>"),
            .text("Kernel-Version", isWide: true, at: "status", "nodeInfo", "kernelVersion", or: "<unknown>"),
            .text(
                "Container-Runtime", isWide: true, at: "status", "nodeInfo", "containerRuntimeVersion",
                or: "<unknown>"),
        ],
        "namespaces": [.name, .text("Status", at: "status", "phase"), .age],
        "leases.coordination.k8s.io": [.name, .text("Holder", at: "spec", "holderIdentity"), .age],
        "priorityclasses.scheduling.k8s.io": [
            .name, .integer("Value", at: "value"), .boolean("Global-Default", at: "globalDefault"), .age,
            .text("PreemptionPolicy", at: "preemptionPolicy"),
        ],
        "runtimeclasses.node.k8s.io": [
            .name,
            .text("Handler") { object in
                // Where v1alpha1 had it.
                object.text("handler").or(object.text("spec", "runtimeHandler"))
            },
            .age,
        ],
        "servicecidrs.networking.k8s.io": [
            .name, .text("CIDRs") { $0.list("spec", "cidrs").map { $0.text ?? "" }.joined(separator: ",") }, .age,
        ],
    ]

    @Sendable private static func roles(_ object: PrintedObject) -> String {
        let prefix = "node-role.kubernetes.io/"
        var roles: Set<String> = []
        for (key, value) in object.at("metadata", "labels")?.members ?? [] {
            if key.hasPrefix(prefix) {
                roles.insert(String(key.dropFirst(prefix.count)))
            } else if key == "kubernetes.io/role", let role = value.text {
                roles.insert(role)
            }
        }
        return roles.filter { !$0.isEmpty }.sortedByBytes().joined(separator: ",").or("<none>")
    }

    private static func address(_ object: PrintedObject, _ type: String) -> String {
        object.list("status", "addresses").first { $0["type"]?.text == type }?["address"]?.text ?? "<none>"
    }
}
