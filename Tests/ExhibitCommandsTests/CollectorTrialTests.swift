import Foundation
import Testing

/// `exhibit collectors test`: a collector on trial, against real containers and this host.
@Suite(.needsBinary)
struct CollectorTrialTests {
    struct Trial: Decodable {
        struct Attempt: Decodable {
            struct Output: Decodable {
                let path: String
                let size: Int
                let beginning: String
            }

            let step: String
            let target: String
            let state: String
            let reason: String?
            let outputs: [Output]
            let absent: [String]
        }

        struct Table: Decodable {
            let name: String
            let rows: Int
            let unread: Int
            let unreadCells: Int
            let absentHeadings: [String]
            let columns: [String]
            let first: [[String?]]
            let emptyColumns: [String]
        }

        let collector: String
        let attempts: [Attempt]
        let tables: [Table]
        let exitCode: Int32
    }

    private static func definition(_ steps: String, scope: String = "container", select: String = "") -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: trial, title: A trial}
        scope: \(scope)
        \(select)
        volatility: 3
        steps:
        \(steps)
        """
    }

    private static func run(_ yaml: String, _ target: [String], expecting code: Int32) async throws -> Trial {
        try await Scratch.withFolder { folder in
            try Files.write(yaml, to: folder + "/trial.yaml")
            let temporary = folder + "/tmp"
            try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
            let outcome = try await Exhibit.expect(
                code, ["collectors", "test", folder + "/trial.yaml"] + target + ["--output", "json", "--lines", "2"],
                environment: ["TMPDIR": temporary])
            #expect(try Files.names(in: temporary).isEmpty, "what it brought is not kept")
            let trial = try outcome.json(Trial.self)
            #expect(trial.exitCode == code)
            return trial
        }
    }

    private static func cluster() throws -> [String] {
        ["-n", TestCluster.namespace, "--kubeconfig", try TestCluster.kubeconfig()]
    }

    @Test(.needsCluster)
    func whatStepsBringIsShown() async throws {
        let steps = """
              - {exec: {argv: [sh, -c, 'echo one; echo two; echo three']}, output: lines.txt}
              - {exec: {argv: ["true"]}, output: nothing.txt}
            """
        let trial = try await Self.run(
            Self.definition(steps), ["pod/store-0"] + Self.cluster(), expecting: Exhibit.Code.ok)
        #expect(trial.attempts.map(\.state) == ["ok", "empty"])
        #expect(trial.attempts.first?.target == "\(TestCluster.namespace)/store-0/store")
        let output = try #require(trial.attempts.first?.outputs.first)
        #expect(output.size == 14 && output.beginning == "one\ntwo" && output.path.hasSuffix("/trial/lines.txt"))
    }

    /// `touch` of the configuration counts here, too, and the command line goes before it.
    @Test(
        .needsCluster, arguments: [("none", [], "skipped"), ("none", ["--touch", "exec"], "ok"), ("exec", [], "ok")])
    func theConfigurationSaysHowMuchItMayTouch(_ touch: String, _ flags: [String], _ state: String) async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/config.yaml"
            try Files.write("touch: \(touch)\n", to: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            let trial = try await Self.run(
                Self.definition("  - {exec: {argv: [echo, one]}, output: one.txt}"),
                ["pod/store-0", "--config", path] + flags + Self.cluster(),
                expecting: state == "ok" ? Exhibit.Code.ok : Exhibit.Code.collectorFailed)
            #expect(trial.attempts.map(\.state) == [state], "\(trial.attempts)")
            #expect(trial.attempts[0].reason?.contains("--touch none") == (state == "ok" ? nil : true))
        }
    }

    @Test(.needsCluster)
    func rowsOfTablesAreShown() async throws {
        let steps = """
              - {exec: {argv: [sh, -c, 'printf "a,b\\n1,x\\033[2J\\nno,y\\n3\\n"']}, output: rows.csv}
            tables:
              - {name: trial_rows, from: rows.csv, format: csv, columns: [{name: a, type: integer}, {name: b}]}
            """
        let trial = try await Self.run(
            Self.definition(steps), ["pod/store-0"] + Self.cluster(), expecting: Exhibit.Code.ok)
        let table = try #require(trial.tables.first)
        #expect(table.name == "trial_rows" && table.rows == 2 && table.unread == 1 && table.unreadCells == 1)
        #expect(table.columns == ["a", "b"] && table.first == [["1", "x\u{1B}[2J"], [nil, "y"]])
    }

    /// A file whose heading never comes, and a column that looks where nothing is: neither is a failure, and both are said.
    @Test(.needsCluster)
    func whatNeverComesIsSaid() async throws {
        let steps = """
              - exec: {argv: [sh, -c, 'echo "{\\"n\\": 1}"; printf "\\000b.txt\\nthere\\n\\000other.txt\\n"'], files: [b.txt, c.txt]}
                output: a.json
            tables:
              - {name: trial_rows, from: a.json, format: json, columns: [{name: n, type: integer}, {name: nome}]}
            """
        let trial = try await Self.run(
            Self.definition(steps), ["pod/store-0"] + Self.cluster(), expecting: Exhibit.Code.ok)
        #expect(trial.attempts.map(\.absent) == [["c.txt"]])
        #expect(trial.tables.map(\.emptyColumns) == [["nome"]])
    }

    /// Built-in collectors of hosts, on this one: no row of theirs is lost.
    @Test(arguments: [
        ("host-identity", "host_identity"), ("host-mounts", "host_mounts"), ("host-sockets", "host_sockets"),
        ("host-processes", "host_processes"), ("host-processes", "host_open_files"),
    ])
    func tablesOfTheHostAreWhole(collector: String, name: String) async throws {
        let outcome = try await Exhibit.run(["collectors", "test", collector, "--output", "json", "--lines", "2"])
        let trial = try outcome.json(Trial.self)
        let table = try #require(trial.tables.first { $0.name == name })
        #expect(table.rows > 0 && table.unread == 0 && table.unreadCells == 0)
        // Which files are open on this host is its own matter.
        #expect(table.emptyColumns.count <= table.columns.count / 2, "\(table.emptyColumns)")
    }

    @Test(.needsCluster)
    func aStepThatFailsIsAFailure() async throws {
        let steps = "  - {exec: {argv: [no-such-program]}, output: out.txt}"
        let trial = try await Self.run(
            Self.definition(steps), ["pod/store-0"] + Self.cluster(), expecting: Exhibit.Code.collectorFailed)
        #expect(trial.attempts.map(\.state) == ["missing"])
        #expect(trial.attempts.first?.reason?.contains("NoProgram") == true)
    }

    @Test(.needsCluster)
    func nothingToTryItOnIsAFailure() async throws {
        let yaml = Self.definition(
            "  - {exec: {argv: [id]}, output: out.txt}", select: "select: {image: [no-such-image]}")
        let trial = try await Self.run(
            yaml, ["pod/store-0"] + Self.cluster(), expecting: Exhibit.Code.collectorFailed)
        #expect(trial.attempts.isEmpty)
    }

    @Test
    func oneOfTheHostNeedsNoTarget() async throws {
        let trial = try await Self.run(
            Self.definition("  - mounts: {}", scope: "host"), [], expecting: Exhibit.Code.ok)
        #expect(trial.attempts.map(\.state) == ["ok"])
        #expect(trial.attempts.first?.outputs.contains { $0.path == "data/host/mounts.tsv" && $0.size > 0 } == true)
    }

    @Test
    func aCommandOnThisMachineNeedsNoTarget() async throws {
        let trial = try await Self.run(
            Self.definition("  - {command: {argv: [uname, -s]}, output: kernel.txt}", scope: "local"), [],
            expecting: Exhibit.Code.ok)
        #expect(trial.attempts.first?.outputs.map(\.beginning) == ["Linux"])
    }

    /// The example of the docs, allowed by its digest; with another digest it does not run.
    @Test
    func aPluginRunsWhenItsDigestIsAllowed() async throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/example-plugin.py").path
        try await Scratch.withFolder { folder in
            let plugin = folder + "/names.py"
            try FileManager.default.copyItem(atPath: source, toPath: plugin)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin)
            let digest = try #require(
                try await Tool.run("sha256sum", [plugin]).text.split(separator: " ").first.map(String.init))
            let yaml = Self.definition("  - {plugin: {argv: [\"\(plugin)\", localhost]}}", scope: "local")
            let good = try await Self.run(
                yaml, ["--allow-plugin", "\(plugin)@\(digest)"], expecting: Exhibit.Code.ok)
            #expect(good.attempts.first?.outputs.map(\.path) == ["data/local/trial/names/localhost.json"])
            #expect(good.attempts.first?.outputs.first?.beginning.contains("127.0.0.1") == true)
            let other = String(repeating: "0", count: 64)
            for arguments in [[], ["--allow-plugin", "\(plugin)@\(other)"]] {
                let bad = try await Self.run(yaml, arguments, expecting: Exhibit.Code.collectorFailed)
                #expect(bad.attempts.first?.outputs.isEmpty == true)
            }
            // The same through a capture.
            try FileManager.default.createDirectory(atPath: folder + "/own", withIntermediateDirectories: false)
            try Files.write(yaml, to: folder + "/own/trial.yaml")
            let capture = try await Capture.collect(
                [
                    "host", "--profile", "minimal", "--collectors", folder + "/own", "--with", "trial",
                    "--allow-plugin",
                    "\(plugin)@\(digest)",
                ], expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
            #expect(capture.has("data/local/trial/names/localhost.json"))
        }
    }

    /// A folder that somebody sent: a profile that takes the place of the usual one names nothing.
    @Test
    func aProfileInPlaceOfTheUsualOneRunsNothing() async throws {
        try await Scratch.withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/own/profiles", withIntermediateDirectories: true)
            try Files.write(
                Self.definition("  - {command: {argv: [uname]}, output: out.txt}", scope: "local"),
                to: folder + "/own/trial.yaml")
            for (name, runs) in [("incident", false), ("mine", true)] {
                try Files.write(
                    """
                    apiVersion: exhibit/v1
                    kind: Profile
                    metadata: {name: \(name), title: A profile}
                    collectors: [trial, host-mounts]
                    """, to: folder + "/own/profiles/\(name).yaml")
                let capture = try await Capture.collect(
                    ["host", "--collectors", folder + "/own", "--profile", name],
                    expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
                #expect(capture.has("data/local/trial/out.txt") == runs, "\(name)")
                #expect(capture.has("data/host/mounts.tsv"))
            }
        }
    }

    @Test
    func aFileThatIsNoneIsSaid() async throws {
        let outcome = try await Exhibit.expect(
            Exhibit.Code.badCollector, ["collectors", "test", "/nonexistent.yaml", "host"])
        outcome.expectMessage("/nonexistent.yaml")
    }
}
