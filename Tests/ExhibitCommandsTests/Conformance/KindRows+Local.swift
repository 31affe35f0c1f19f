import Foundation
import Testing

/// What runs on this machine, or is dialled from it.
extension KindRow {
    static let ofThisMachine: [KindRow] = [
        KindRow(
            kind: "command (local)", name: "own-command", scope: "local",
            step: { "command: {argv: [sh, -c, '\(Self.script($0.fault))']}\n    output: out.txt" },
            ends: [
                .badOutput: .ends(["ok"]), .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]),
                .noOutput: .ends(["empty"]), .hang: .ends(["timeout"], codes: ["Timeout"]),
                .crash: .ends(["partial"], codes: ["Signal"]), .badNames: .ends(["error"], codes: ["ExitCode"]),
            ]),
        KindRow(
            kind: "plugin (local)", name: "own-plugin", scope: "local",
            step: { "plugin: {argv: [\"\(BadPlugin.path(in: $0.folder))\"]}" },
            ends: [
                .badOutput: .ends(["error"], codes: ["BadOutput"]),
                .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]), .noOutput: .ends(["empty"]),
                .hang: .ends(["timeout"], codes: ["Timeout"]), .crash: .ends(["partial"], codes: ["Signal"]),
                .badNames: .ends(["ok"]),
            ]),
        KindRow(
            kind: "tcp (local)", name: "own-tcp", scope: "local",
            step: { "tcp: {addresses: [\"127.0.0.1:\($0.services.tcp)\"], allow: [loopback]}" },
            ends: [
                .badOutput: nothingIsRead, .endlessOutput: nothingIsRead, .noOutput: nothingIsRead,
                .hang: .ends(["timeout"]), .crash: .ends(["error"], codes: ["ConnectionRefused"]), .badNames: named,
            ]),
        KindRow(
            kind: "tls (local)", name: "own-tls", scope: "local",
            step: { "tls: {addresses: [\"127.0.0.1:\($0.services.tls)\"], allow: [loopback]}" },
            // Of the certificate.
            ends: dialledTLS.merging([.badNames: .ends(["ok"])]) { $1 }),
        KindRow(
            kind: "http (local)", name: "own-http", scope: "local",
            step: { "http: {url: \"http://127.0.0.1:\($0.services.http)/x\", allow: [loopback]}\n    output: out.txt" },
            ends: [
                .badOutput: .ends(["error"], codes: ["BadAnswer"]),
                .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]),
                .noOutput: .ends(["ok"], because: "status and headers came, and are kept"),
                .hang: .ends(["timeout"]), .crash: .ends(["partial"], codes: ["BrokenOff"]),
                .badNames: .ends(["ok", "error"]),
            ]),
        KindRow(
            kind: "dns (local)", name: "own-dns", scope: "local",
            step: {
                "dns: {names: [localhost], types: [CNAME], servers: [\"127.0.0.1:\($0.services.dns)\"], allow: [loopback]}"
            },
            ends: [
                .badOutput: .ends(
                    ["error", "timeout"], because: "an answer to another question may be a forger's: it is not taken"),
                .endlessOutput: .cannot("an answer is one message of 64 KiB at most; ProbesTests has too many records"),
                .noOutput: .ends(["ok"], because: "that there is no record is what the server says, and is kept"),
                .hang: .ends(["timeout"]), .crash: .ends(["error"]), .badNames: .ends(["ok", "error"]),
            ]),
    ]

    private static let nothingIsRead = FaultEnd.cannot("nothing is read: whether a connection can be made is all")
    private static let named = FaultEnd.cannot("its only name is in the definition, which has none that is not text")

    private static func script(_ fault: StepFault) -> String {
        switch fault {
        case .badOutput: "head -c 4096 /dev/urandom"
        case .endlessOutput: "exec yes"
        case .noOutput: "exit 0"
        case .hang: "echo some; exec sleep 1000"
        case .crash: "echo some; kill -SEGV $$"
        case .badNames: #"printf "odd\033[2J\302\205\377\376\n" >&2; exit 3"#
        }
    }
}

/// Plugins that have one fault each.
enum BadPlugin {
    static func path(in folder: String) -> String { folder + "/plugin" }

    /// Two files, as a tar stream.
    private static let sound =
        "cd \"$(mktemp -d)\" && echo one > a.txt && echo two > b.json && tar -c --format=ustar a.txt b.json"

    static func script(_ fault: StepFault) -> String {
        let body =
            switch fault {
            case .badOutput: "echo no tar at all, but text"
            case .endlessOutput:
                "cd \"$(mktemp -d)\" && truncate -s 1G big && exec tar -c --format=ustar big"
            case .noOutput: "exit 0"
            case .hang: "exec sleep 1000"
            case .crash: "\(sound) | head -c 700; kill -SEGV $$"
            case .badNames:
                "cd \"$(mktemp -d)\" && echo x > \"$(printf 'odd\\033[2J\\302\\205\\377\\376')\" && echo x > \"$(printf 'odd\\033\\302\\233')\" && tar -c --format=ustar ."
            }
        return "#!/bin/sh\n\(body)\n"
    }

    /// Writes it, and returns what lets it run.
    static func write(_ script: String, in folder: String) async throws -> String {
        let path = path(in: folder)
        try Files.write(script, to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let digest = try await Tool.run("sha256sum", [path]).text.prefix(64)
        return "\(path)@\(digest)"
    }
}
