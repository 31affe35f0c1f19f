internal import Inspection
internal import StructuredText

/// What an autoscaler looks at, and how it stands: `cpu: 40%/80%`.
///
/// Source: `formatHPAMetrics` of the printers, and pkg/apis/autoscaling/v1/conversion.go: v1 has one metric, the others are JSON in
/// annotations, in the form of v2beta1.
enum AutoscalerTargets {
    static func text(_ object: PrintedObject) -> String {
        let (metrics, states) = read(object)
        let texts = metrics.enumerated().map { index, metric in
            text(metric, states.indices.contains(index) ? states[index] : nil)
        }
        return ListText.first(2, of: texts, separator: ", ", orElse: "<none>")
    }

    private static func read(_ object: PrintedObject) -> (metrics: [ObjectNode], states: [ObjectNode]) {
        func cpu(_ utilization: Int?, _ member: String) -> [ObjectNode] {
            guard let utilization else { return [] }
            let value: JSONValue = ["averageUtilization": JSONValue(utilization)]
            return [ObjectNode(["type": "Resource", "resource": .object(["name": "cpu", member: value])])]
        }
        func noted(_ name: String) -> [ObjectNode] {
            guard let text = object.at("metadata", "annotations", "autoscaling.alpha.kubernetes.io/\(name)")?.text,
                let value = try? JSONValue(parsing: text.utf8)
            else { return [] }
            return ObjectNode(value).elements
        }
        return (
            cpu(object.at("spec", "targetCPUUtilizationPercentage")?.int, "target") + noted("metrics")
                + object.list("spec", "metrics"),
            cpu(object.at("status", "currentCPUUtilizationPercentage")?.int, "current") + noted("current-metrics")
                + object.list("status", "currentMetrics")
        )
    }

    private static func text(_ metric: ObjectNode, _ state: ObjectNode?) -> String {
        func source(_ member: String) -> (wanted: Values, current: Values) {
            (Values(metric[member], "target"), Values(state?[member], "current"))
        }
        switch metric["type"]?.text {
        case "External", "Object":
            let (wanted, current) = source(metric["type"]?.text == "Object" ? "object" : "external")
            if let average = wanted.average { return "\(current.average ?? "<unknown>")/\(average) (avg)" }
            return "\(current.value ?? "<unknown>")/\(wanted.value ?? "<unknown>")"
        case "Pods":
            let (wanted, current) = source("pods")
            return "\(current.average ?? "<unknown>")/\(wanted.average ?? "<unknown>")"
        case "Resource", "ContainerResource":
            let member = metric["type"]?.text == "Resource" ? "resource" : "containerResource"
            let (wanted, current) = source(member)
            let name = metric[member]?["name"]?.text ?? ""
            if let average = wanted.average { return "\(name): \(current.average ?? "<unknown>")/\(average)" }
            return "\(name): \(current.utilization ?? "<unknown>")/\(wanted.utilization ?? "<auto>")"
        default: return "<unknown type>"
        }
    }

    /// The numbers of a metric, or of its state.
    private struct Values {
        let average: String?
        let value: String?
        let utilization: String?

        /// - Parameter side: `target` or `current`: a member in v2, the beginning of a member's name in v2beta1.
        init(_ source: ObjectNode?, _ side: String) {
            func read(_ name: String) -> ObjectNode? {
                source?[side]?[name] ?? source?["\(side)\(name.prefix(1).uppercased())\(name.dropFirst())"]
            }
            average = (read("averageValue") ?? source?["averageValue"])?.text
            value = read("value")?.text
            utilization = read("averageUtilization")?.int.map { "\($0)%" }
        }
    }
}
