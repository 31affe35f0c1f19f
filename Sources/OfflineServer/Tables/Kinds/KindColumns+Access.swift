internal import Inspection
internal import StructuredText

extension KindColumns {
    /// Roles have no columns of their own.
    static let access: [String: [PrintedColumn]] = [
        "rolebindings.rbac.authorization.k8s.io": bindings,
        "clusterrolebindings.rbac.authorization.k8s.io": bindings,
        "certificatesigningrequests.certificates.k8s.io": [
            .name,
            .age,
            .text("SignerName", at: "spec", "signerName", or: "<none>"),
            .text("Requestor", at: "spec", "username"),
            .text("RequestedDuration") { object in
                guard let seconds = object.at("spec", "expirationSeconds")?.int else { return "<none>" }
                // An int32 for the API.
                return HumanDuration.text(nanoseconds: Int64(Int32(clamping: seconds)) * 1_000_000_000)
            },
            .text("Condition", requestStatus),
        ],
        "clustertrustbundles.certificates.k8s.io": [
            .name, .text("SignerName", at: "spec", "signerName", or: "<none>"),
        ],
    ]

    private static let bindings: [PrintedColumn] = [
        .name,
        .text("Role") { "\($0.text("roleRef", "kind"))/\($0.text("roleRef", "name"))" },
        .age,
        .text("Users", isWide: true) { subjects($0, "User") { $0["name"]?.text ?? "" } },
        .text("Groups", isWide: true) { subjects($0, "Group") { $0["name"]?.text ?? "" } },
        .text("ServiceAccounts", isWide: true) { object in
            subjects(object, "ServiceAccount") { "\($0["namespace"]?.text ?? "")/\($0["name"]?.text ?? "")" }
        },
    ]

    private static func subjects(_ object: PrintedObject, _ kind: String, _ text: (ObjectNode) -> String) -> String {
        object.list("subjects").filter { $0["kind"]?.text == kind }.map(text).joined(separator: ", ")
    }

    @Sendable private static func requestStatus(_ object: PrintedObject) -> String {
        let types = Set(object.list("status", "conditions").compactMap { $0["type"]?.text })
        var status = types.contains("Denied") ? "Denied" : types.contains("Approved") ? "Approved" : "Pending"
        if types.contains("Failed") { status += ",Failed" }
        return object.text("status", "certificate").isEmpty ? status : status + ",Issued"
    }
}
