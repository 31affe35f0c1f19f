internal import Inspection
internal import StructuredText

extension KindColumns {
    static let workloads: [String: [PrintedColumn]] = [
        "replicationcontrollers":
            replicas
            + templates() + [.text("Selector", isWide: true) { LabelText.labels($0.at("spec", "selector")) }],
        "replicasets.apps": replicas + templates() + [selector],
        "deployments.apps": [
            .name, ready,
            .integer("Up-to-date", type: "string", at: "status", "updatedReplicas"),
            .integer("Available", type: "string", at: "status", "availableReplicas"),
            .age,
        ] + templates() + [
            .text("Selector", isWide: true) { LabelText.requirements(of: $0.at("spec", "selector")) ?? "<invalid>" }
        ],
        "statefulsets.apps": [.name, ready, .age] + templates(),
        "daemonsets.apps": [
            .name,
            .integer("Desired", at: "status", "desiredNumberScheduled"),
            .integer("Current", at: "status", "currentNumberScheduled"),
            .integer("Ready", at: "status", "numberReady"),
            .integer("Up-to-date", at: "status", "updatedNumberScheduled"),
            .integer("Available", at: "status", "numberAvailable"),
            .text("Node Selector") { LabelText.labels($0.at("spec", "template", "spec", "nodeSelector")) },
            .age,
        ] + templates() + [selector],
        "controllerrevisions.apps": [
            .name,
            .text("Controller", controller),
            .integer("Revision", type: "string", at: "revision"),
            .age,
        ],
    ]

    private static let replicas: [PrintedColumn] = [
        .name,
        .integer("Desired", at: "spec", "replicas", or: 1),
        .integer("Current", at: "status", "replicas"),
        .integer("Ready", at: "status", "readyReplicas"),
        .age,
    ]

    private static let ready = PrintedColumn.text("Ready") { object in
        let desired = object.at("spec", "replicas")
        return "\(object.int("status", "readyReplicas"))/\(desired == nil ? 1 : desired?.int ?? 0)"
    }

    static let selector = PrintedColumn.text("Selector", isWide: true) {
        LabelText.selector($0.at("spec", "selector"))
    }

    /// - Parameter prefix: where the owner of the template is.
    static func templates(under prefix: [String] = ["spec"]) -> [PrintedColumn] {
        [("Containers", "name"), ("Images", "image")].map { title, member in
            .text(title, isWide: true) { object in
                (object.at(prefix + ["template", "spec", "containers"])?.elements ?? [])
                    .map { $0[member]?.text ?? "" }.joined(separator: ",")
            }
        }
    }

    /// As `deployment.apps/web`.
    @Sendable private static func controller(_ object: PrintedObject) -> String {
        guard let owner = object.list("metadata", "ownerReferences").first(where: { $0["controller"]?.isTrue == true })
        else { return "<none>" }
        let version = owner["apiVersion"]?.text ?? ""
        let group = version.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = owner["kind"]?.text ?? ""
        return (group.count > 1 ? "\(kind).\(group[0])" : kind).lowercased() + "/" + (owner["name"]?.text ?? "")
    }
}
