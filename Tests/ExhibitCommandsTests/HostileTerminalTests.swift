import Foundation
import Testing

/// What commands that read show on a terminal of a capture whose author wants more than to be read.
@Suite(.needsBinary, .needsTool("python3"), .needsTool("zstd"), .needsTool("ssh-keygen"), .needsTool("script"))
struct HostileTerminalTests {
    private static let bundle = "BUNDLE"
    private static let log = "data/namespaces/prod/pods/a/main/main/logs/current.log"

    /// Each with a bundle's name in the place of `BUNDLE`.
    private static let commands: [[String]] =
        [
            ["inspect", bundle], ["inspect", bundle, "--output", "json"], ["verify", bundle],
            ["findings", bundle], ["findings", bundle, "--output", "json"],
            ["ls", bundle], ["ls", "-l", bundle], ["ls", bundle, "--output", "json"],
            ["cat", bundle, log], ["cat", bundle, log, "--output", "json"],
            ["cat", bundle, "data/namespaces/prod/pods/a/a.yaml"], ["cat", bundle, "meta/ledger.jsonl"],
            ["cat", bundle, "\u{1B}[2J\u{202E}"], ["custody", "log", bundle],
            ["grep", bundle, "-e", "img"], ["grep", bundle, "-e", "img", "--output", "json"],
            ["grep", bundle, "-e", ".", "-C", "1"], ["query", bundle, "--tables"],
            ["query", bundle, "SELECT message FROM log_lines", "--output", "json"],
            ["query", bundle, "SELECT \"\u{1B}[2J\u{202E}\" FROM nowhere"],
            ["inspect", bundle, "--all"], ["logs", bundle, "-A"], ["logs", bundle, "-A", "--output", "json"],
            ["logs", bundle, "-A", "--top"], ["logs", bundle, "-A", "--top", "--output", "json"],
            ["logs", bundle, "\u{1B}[2J\u{202E}"], ["hunt", bundle, "--indicator", "string:img"],
            ["hunt", bundle, "--indicator", "string:img", "--output", "json"],
            ["hunt", bundle, "--indicator", "string:\u{1B}[2J\u{202E}"],
            ["diff", bundle, "new.tar.zst"], ["diff", "new.tar.zst", bundle, "--output", "json"],
        ]
        + ["text", "csv", "json", "timesketch", "bodyfile"].map { ["timeline", bundle, "--output", $0] }
        + [
            "objects", "pods", "containers", "events", "ledger", "entries", "labels", "conditions", "nodes", "custody",
            "bundle",
            "problems", "role_bindings", "log_lines", "log_patterns", "log_counts", "object_changes", "findings",
            "timeline",
        ].map { ["query", bundle, "SELECT * FROM \($0)"] }

    /// On a terminal of this many columns: what is cut off there cannot be seen to be escaped.
    private static let columns = 4_000

    private func shown(_ arguments: [String], in folder: String) async throws -> Program.Outcome {
        let binary = try #require(Requirements.binary)
        let words = ([binary] + arguments).map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }
        return try await Program(
            "script", ["-qec", "stty cols \(Self.columns) rows 40; exec " + words.joined(separator: " "), "/dev/null"],
            environment: try Exhibit.environment(["TERM": "xterm", "NO_COLOR": "1"]), folder: folder
        ).outcome(within: .seconds(60))
    }

    /// What steers a terminal, turns or hides text, or is no text at all; lines end with CR LF there, and those of CSV with two CR.
    private func dangers(_ output: [UInt8]) -> Set<String> {
        guard let text = String(validating: output, as: UTF8.self) else { return ["not UTF-8"] }
        let lines = text.unicodeScalars.split(separator: "\n").map { line in
            var line = line
            while line.last == "\r" { line.removeLast() }
            return line
        }
        var found: Set<String> = []
        for scalar in lines.joined() where scalar != "\t" {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                found.insert("U+" + String(scalar.value, radix: 16, uppercase: true))
            default: break
            }
        }
        return found
    }

    @Test func nothingOfACaptureSteersATerminal() async throws {
        try await Scratch.withFolder { folder in
            try await HostileBundles.write(to: folder)
            // Its own name, too.
            let named = "o\u{1B}[31m\u{202E}.tar.zst"
            try FileManager.default.copyItem(atPath: folder + "/old.tar.zst", toPath: folder + "/" + named)
            for arguments in Self.commands {
                let command = arguments.map { $0 == Self.bundle ? named : $0 }
                let outcome = try await shown(command, in: folder)
                #expect(dangers(outcome.output) == [], "\(arguments): \(outcome.summary)")
                #expect(!outcome.hung && outcome.status < 128, "\(arguments): \(outcome.summary)")
                #expect(!outcome.output.isEmpty, "\(arguments)")
            }
        }
    }

    @Test func noLieInAnIndexSteersATerminal() async throws {
        try await Scratch.withFolder { folder in
            try await HostileBundles.write(to: folder)
            for name in HostileBundles.names.dropFirst(2) {
                for arguments in [["inspect"], ["ls"], ["findings"], ["timeline"], ["grep", "-e", "img"]] {
                    let outcome = try await shown(arguments + [name], in: folder)
                    #expect(dangers(outcome.output) == [], "\(arguments) \(name): \(outcome.summary)")
                    #expect(!outcome.hung && outcome.status < 128, "\(arguments) \(name): \(outcome.summary)")
                    #expect(outcome.status != Exhibit.Code.ok, "\(arguments) \(name)")
                }
            }
        }
    }

    /// The test would not see what the terminal does not get: here it gets all of it.
    @Test func theTestSeesWhatIsDangerous() async throws {
        try await Scratch.withFolder { folder in
            try Files.write(HostileBundles.text, to: folder + "/text")
            let outcome = try await Program(
                "script", ["-qec", "cat text", "/dev/null"], environment: try Exhibit.environment(["TERM": "xterm"]),
                folder: folder
            ).outcome(within: .seconds(60))
            #expect(dangers(outcome.output).isSuperset(of: ["U+1B", "U+9B", "U+202E", "U+2066", "U+200B", "U+7"]))
        }
    }
}
