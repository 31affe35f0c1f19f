internal import Inspection
internal import StructuredText

extension KindColumns {
    static let autoscaling: [String: [PrintedColumn]] = [
        "horizontalpodautoscalers.autoscaling": [
            .name,
            .text("Reference") { object in
                "\(object.text("spec", "scaleTargetRef", "kind"))/\(object.text("spec", "scaleTargetRef", "name"))"
            },
            .text("Targets") { AutoscalerTargets.text($0) },
            .text("MinPods", at: "spec", "minReplicas", or: "<unset>"),
            .integer("MaxPods", type: "string", at: "spec", "maxReplicas"),
            .integer("Replicas", type: "string", at: "status", "currentReplicas"),
            .age,
        ],
        "poddisruptionbudgets.policy": [
            .name,
            .text("Min Available", at: "spec", "minAvailable", or: "N/A"),
            .text("Max Unavailable", at: "spec", "maxUnavailable", or: "N/A"),
            .integer("Allowed Disruptions", at: "status", "disruptionsAllowed"),
            .age,
        ],
    ]
}
