import Foundation

/// What the API server is asked for: the fault is in its answers.
extension KindRow {
    static let pods = KindRow(
        kind: "pods (namespace)", name: "pods", scope: "namespace", step: { _ in "pods: {}" },
        ends: [
            .badOutput: .ends(["error", "partial"]), .endlessOutput: .ends(["partial", "timeout"]),
            .noOutput: .ends(["error"]), .hang: .ends(["timeout"], codes: ["Timeout"]),
            .crash: .ends(["partial"], codes: ["ConnectionLost"]),
            .badNames: .ends(["partial", "error"]),
        ])

    static let ofTheServer: [KindRow] = [
        document("access (cluster)", "access", "access: {}"),
        document("discovery (cluster)", "discovery", "discovery: {}"),
        document("openapi (cluster)", "openapi", "openapi: {}"),
        document("metrics (node)", "metrics", "metrics: {}", scope: "node"),
        KindRow(
            kind: "tables (cluster)", name: "tables", scope: "cluster",
            judged: { $0.target.resource != "resourceVersions" },
            step: { _ in "tables: {resources: [configmaps]}" },
            ends: [
                .badOutput: .ends(["error"], codes: ["NotATable"]),
                .endlessOutput: .ends(["timeout", "partial", "error"]), .noOutput: .ends(["error"]),
                .hang: .ends(["timeout"]), .crash: .ends(["error"], codes: ["ConnectionLost"]),
                .badNames: .ends(["error"], codes: ["NotATable"]),
            ]),
        list("list (namespace, cluster)", "lists", "list: {resources: [configmaps]}", scope: "namespace"),
        list("resources (cluster)", "resources", "resources: {resources: [events]}", scope: "cluster"),
        list(
            "logs (cluster)", "elsewhere",
            "logs: {labels: [\"app=x\"], namespaces: [\(FaultyAPI.elsewhere)], pods: 5, tail: 100}", scope: "cluster",
            badOutput: ["error", "partial"]),
        KindRow(
            kind: "audit-log (cluster)", name: "audits", scope: "cluster",
            step: { _ in "audit-log: {nodes: [\(FaultyAPI.node)], path: /var/log/audit.log, last: 1MiB}" },
            ends: [
                .badOutput: .ends(["error"], codes: ["NotAuditLog"]),
                .endlessOutput: .ends(["partial", "error", "timeout"]), .noOutput: .ends(["empty"]),
                .hang: .ends(["timeout"]), .crash: .ends(["partial", "error"], codes: ["ConnectionLost"]),
                .badNames: .ends(["error"], codes: ["NotAuditLog"]),
            ]),
        KindRow(
            kind: "tls (cluster)", name: "ingresses", scope: "cluster",
            judged: { $0.target.kind == "Local" || $0.state != "ok" },
            step: {
                "tls: {domains: [localhost], hosts: 5, port: \($0.fault == .badNames ? 1 : $0.services.tls), allow: [loopback]}"
            },
            ends: dialledTLS.merging([
                // Of the list of Ingresses: what of it leads elsewhere is not dialled.
                .badNames: .ends(["error", "partial"], codes: ["BadResponse", "NotDialled"])
            ]) { $1 }),
    ]

    /// Ends of what dials a service that should speak TLS.
    static let dialledTLS: [StepFault: FaultEnd] = [
        .badOutput: .ends(["error"]), .endlessOutput: .ends(["error"]), .noOutput: .ends(["error"]),
        .hang: .ends(["timeout"]), .crash: .ends(["error"]),
    ]

    /// A document that is kept as it comes.
    private static func document(
        _ kind: String, _ name: String, _ step: String, scope: String = "cluster"
    ) -> KindRow {
        KindRow(
            kind: kind, name: name, scope: scope, step: { _ in step },
            ends: [
                .badOutput: .ends(["ok", "partial", "error"]),
                .endlessOutput: .ends(["partial", "error", "timeout"]),
                .noOutput: .ends(["empty", "error", "partial"]),
                .hang: .ends(["timeout"], codes: ["Timeout"]),
                .crash: .ends(["partial", "error"], codes: ["ConnectionLost"]),
                .badNames: .ends(["ok", "partial", "error", "missing"]),
            ])
    }

    private static func list(
        _ kind: String, _ name: String, _ step: String, scope: String, badOutput: Set<String> = ["error", "partial"]
    ) -> KindRow {
        KindRow(
            kind: kind, name: name, scope: scope, step: { _ in step },
            ends: [
                .badOutput: .ends(badOutput), .endlessOutput: .ends(["partial", "timeout"]),
                .noOutput: .ends(["error"]),
                .hang: .ends(["timeout"], codes: ["Timeout"]),
                .crash: .ends(["partial"], codes: ["ConnectionLost"]), .badNames: .ends(["partial", "error", "ok"]),
            ])
    }
}
