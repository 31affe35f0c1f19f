import Foundation

/// What is asked of a container: the fault is in what its commands, services and ports do.
extension KindRow {
    static let ofContainers: [KindRow] = [
        recipes("sockets (container, pod)", "sockets"),
        recipes("processes (container)", "processes"),
        recipes("changes (container)", "changes", silent: ["empty"]),
        recipes("environment (container)", "environment", endless: ["timeout", "error"], crash: ["missing"]),
        KindRow(
            kind: "exec (container, pod)", name: "commands", scope: "container",
            step: { _ in "exec: {argv: [tool]}\n    output: out.txt" },
            ends: exec.merging([.noOutput: .ends(["empty"])]) { $1 }),
        KindRow(
            kind: "files (container)", name: "copies", scope: "container",
            step: { _ in "files: {paths: [/data]}\n    output: copies" },
            ends: [
                .badOutput: .ends(["partial"], codes: ["BadOutput"]),
                .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]), .noOutput: .ends(["partial"]),
                .hang: .ends(["timeout"]), .crash: .ends(["partial"]), .badNames: .ends(["ok"]),
            ]),
        KindRow(
            kind: "logs (container)", name: "logs", scope: "container", step: { _ in "logs: {timestamps: true}" },
            ends: [
                .badOutput: .ends(["ok", "partial", "missing"]),
                .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]),
                .noOutput: .ends(["empty"]), .hang: .ends(["timeout"]),
                .crash: .ends(["partial"], codes: ["ConnectionLost"]), .badNames: .ends(["ok"]),
            ]),
        service("http (container)", "asked", "http: {port: 8080, path: /state}\n    output: out.txt"),
        service("probes (container)", "probes", "probes: {}"),
        service("scrape (container)", "scrape", "scrape: {}\n    output: metrics.txt"),
        KindRow(
            kind: "tls (container)", name: "ports", scope: "container", step: { _ in "tls: {ports: [8443]}" },
            ends: [
                .badOutput: .ends(["missing", "error"]), .endlessOutput: .ends(["missing", "error"], because: notTLS),
                .noOutput: .ends(["error"]), .hang: .ends(["timeout", "skipped"]),
                .crash: .ends(["error"]), .badNames: .ends(["error"]),
            ]),
    ]

    private static let notTLS = "what is not TLS is not read to its end: that there is none is the answer"

    private static let exec: [StepFault: FaultEnd] = [
        .badOutput: .ends(["ok"]), .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]),
        .noOutput: .ends(["missing"], codes: ["NoTools"]), .hang: .ends(["timeout"]),
        .crash: .ends(["partial"], codes: ["ExitCode"]), .badNames: .ends(["partial"], codes: ["ExitCode"]),
    ]

    /// What a container's own tools are asked for, one after another.
    private static func recipes(
        _ kind: String, _ name: String, silent: Set<String> = ["missing"], endless: Set<String> = ["partial"],
        crash: Set<String> = ["partial"]
    ) -> KindRow {
        KindRow(
            kind: kind, name: name, scope: "container", step: { _ in "\(name): {}" },
            ends: exec.merging([
                .noOutput: .ends(silent), .endlessOutput: .ends(endless), .crash: .ends(crash),
                .badNames: .ends(["ok", "partial"]),
            ]) { $1 })
    }

    private static func service(_ kind: String, _ name: String, _ step: String) -> KindRow {
        KindRow(
            kind: kind, name: name, scope: "container", step: { _ in step },
            ends: [
                .badOutput: .ends(["ok"]), .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]),
                .noOutput: .ends(["ok"], because: "status and headers came, and are kept"),
                .hang: .ends(["timeout", "skipped"]),
                .crash: .ends(["partial"], codes: ["BrokenOff"]), .badNames: .ends(["ok", "error"]),
            ])
    }
}
