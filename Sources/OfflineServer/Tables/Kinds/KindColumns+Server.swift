internal import Inspection
internal import StructuredText

extension KindColumns {
    /// What the API server is configured by. CustomResourceDefinitions have no columns of their own.
    static let server: [String: [PrintedColumn]] = [
        "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
        "validatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
        "validatingadmissionpolicies.admissionregistration.k8s.io": [
            .name,
            .count("Validations", type: "integer", at: "spec", "validations"),
            .text("ParamKind") { object in
                guard let kind = object.at("spec", "paramKind") else { return "<unset>" }
                return "\(kind["apiVersion"]?.text ?? "")/\(kind["kind"]?.text ?? "")"
            },
            .age,
        ],
        // Source: k8s.io/kube-aggregator, pkg/registry/apiservice/etcd/etcd.go.
        "apiservices.apiregistration.k8s.io": [
            .name,
            .text("Service") { object in
                guard let service = object.at("spec", "service") else { return "Local" }
                return "\(service["namespace"]?.text ?? "")/\(service["name"]?.text ?? "")"
            },
            .text("Available") { object in
                let condition = object.condition("Available")
                let status = condition?["status"]?.text ?? "Unknown"
                return status == "False" ? "False (\(condition?["reason"]?.text ?? ""))" : status
            },
            .age,
        ],
        "flowschemas.flowcontrol.apiserver.k8s.io": [
            .name,
            .text("PriorityLevel", at: "spec", "priorityLevelConfiguration", "name"),
            .integer("MatchingPrecedence", type: "string", at: "spec", "matchingPrecedence"),
            .text("DistinguisherMethod", at: "spec", "distinguisherMethod", "type", or: "<none>"),
            .age,
            .text("MissingPL") { $0.condition("Dangling")?["status"]?.text ?? "?" },
        ],
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": [
            .name,
            .text("Type", at: "spec", "type"),
            limited("NominalConcurrencyShares", "nominalConcurrencyShares", orElse: "assuredConcurrencyShares"),
            limited("Queues", "limitResponse", "queuing", "queues"),
            limited("HandSize", "limitResponse", "queuing", "handSize"),
            limited("QueueLengthLimit", "limitResponse", "queuing", "queueLengthLimit"),
            .age,
        ],
    ]

    private static let webhooks: [PrintedColumn] = [
        .name, .count("Webhooks", type: "integer", at: "webhooks"), .age,
    ]

    /// - Parameter older: the name that it had before v1beta3.
    private static func limited(_ name: String, _ path: String..., orElse older: String? = nil) -> PrintedColumn {
        PrintedColumn(name) { object in
            let value = object.at(["spec", "limited"] + path) ?? older.flatMap { object.at("spec", "limited", $0) }
            guard let value else { return "<none>" }
            return value.int.map { JSONValue($0) } ?? "<unknown>"
        }
    }
}
