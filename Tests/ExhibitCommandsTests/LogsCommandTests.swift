import Foundation
import Testing

/// `logs` as kubectl has it, on captures that other tools made and on the bundle of the test cluster.
@Suite(.needsBinary)
struct LogsCommandTests {
    private func withLogs(_ body: (String) async throws -> Void) async throws {
        try await Scratch.withFolder { folder in
            for (place, text) in [
                ("api/main/main/logs/current.log", "2026-11-30T08:00:01Z a\n2026-11-30T08:00:03Z ERROR b \u{1B}[31m\n"),
                ("web/main/main/logs/current.log", "2026-11-30T08:00:02Z c\n"),
                ("web/side/side/logs/current.log", "2026-11-30T08:00:00Z d\n"),
            ] {
                let path = folder + "/inspect/namespaces/prod/pods/" + place
                try FileManager.default.createDirectory(
                    atPath: String(path.dropLast("/current.log".count)), withIntermediateDirectories: true)
                try Files.write(text, to: path)
            }
            // The newest thing that the capture has, but for logs.
            try Files.write(
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: prod\n  creationTimestamp: \"2026-11-30T08:00:05Z\"\n",
                to: folder + "/inspect/namespaces/prod/prod.yaml")
            try await body(folder + "/inspect")
        }
    }

    @Test
    func linesSayWhoseTheyAreWhereThereAreSeveral() async throws {
        try await withLogs { path in
            let one = try await Exhibit.expect(0, ["logs", path, "api"])
            #expect(one.text == "a\nERROR b \u{1B}[31m\n")
            let all = try await Exhibit.expect(0, ["logs", path, "--all-containers", "-n", "prod"])
            #expect(
                all.text == """
                    [pod/web/side] d
                    [pod/api/main] a
                    [pod/web/main] c
                    [pod/api/main] ERROR b \u{1B}[31m

                    """)
            let bare = try await Exhibit.expect(0, ["logs", path, "-A", "--no-prefix", "--timestamps", "--tail", "1"])
            #expect(bare.text == "2026-11-30T08:00:02Z c\n2026-11-30T08:00:03Z ERROR b \u{1B}[31m\n")
            bare.expectMessage("1 of 2 pods have several containers")
            let bad = try await Exhibit.expect(0, ["logs", path, "api", "--level", "error", "--prefix"])
            #expect(bad.text == "[pod/api/main] ERROR b \u{1B}[31m\n")
            let json = try await Exhibit.expect(0, ["logs", path, "web", "-c", "side", "--output", "json"])
            #expect(
                json.text.hasPrefix(
                    #"{"time":"2026-11-30T08:00:00Z","namespace":"prod","pod":"web","container":"side","#))
            #expect(json.text.contains(#""line":1"#))
            let top = try await Exhibit.expect(0, ["logs", path, "-n", "prod", "--top"])
            #expect(top.text.hasPrefix("4 lines\n") && top.text.contains("Errors  1 line, 1 different"))
        }
    }

    @Test
    func timesAreWrittenAlike() async throws {
        try await withLogs { path in
            for time in ["2026-11-30T08:00:02Z", "2026-11-30 08:00:02", "3s"] {
                let since = try await Exhibit.expect(0, ["logs", path, "api", "--since", time])
                #expect(since.text.hasPrefix("ERROR"), "\(time)")
                let found = try await Exhibit.expect(
                    0, ["grep", path, ".", "--logs", "--no-filename", "--since", time, "--until", "2026-12-01"])
                #expect(found.text.split(separator: "\n").count == 2, "\(time)")
            }
            let since = try await Exhibit.expect(0, ["logs", path, "api", "--since-time", "2026-11-30T08:00:02Z"])
            #expect(since.text.hasPrefix("ERROR"))
            for command in [["logs", path, "api"], ["grep", path, "."], ["timeline", path]] {
                try await Exhibit.expect(64, command + ["--since", "2026-13-30"]).expectMessage("no time")
            }
            let some = try await Exhibit.expect(
                0, ["timeline", path, "-n", "p*d", "--pod", "ap?", "--output", "json"])
            #expect(some.text.contains("ERROR b") && some.text.split(separator: "\n").count == 1)
            try await Exhibit.expect(64, ["logs", path, "api", "--since-time", "30m"]).expectMessage("no time")
        }
    }

    @Test
    func whatIsNotThereIsSaid() async throws {
        try await withLogs { path in
            try await Exhibit.expect(Exhibit.Code.entryNotFound, ["logs", path, "app"])
                .expectMessage("pods \"app\" not found", "  api")
            try await Exhibit.expect(Exhibit.Code.entryNotFound, ["logs", path, "api", "-p"])
                .expectMessage("prod/api/main:", "without -p")
            let some = ["logs", path, "api", "web", "-c", "side"]
            #expect(try await Exhibit.expect(0, some).text == "d\n")
            try await Exhibit.expect(64, ["logs", path, "api", "-f"]).expectMessage("it is a capture")
            try await Exhibit.expect(64, ["logs", path, "-l", "app in web"]).expectMessage("parentheses")
            try await Exhibit.expect(64, ["logs", path, "api", "-l", "app=web"])
        }
    }

    @Test
    func aTerminalIsNotSteered() async throws {
        try await withLogs { path in
            let binary = try #require(Requirements.binary)
            let command = "\(binary) logs \(path) api"
            let shown = try await Tool.run("script", ["-qec", command, "/dev/null"], mayFail: true)
            #expect(shown.text.contains(#"ERROR b \x1b[31m"#), "\(shown.text)")
        }
    }

    @Test(.needsCluster)
    func aBundlesLogIsWhatTheRuntimeSaw() async throws {
        let capture = try await Capture.demo.value
        let entry = "data/namespaces/exhibit-demo/pods/crashloop/main/main/logs/current.log"
        let log = try Files.text(capture.folder + "/" + entry)
        #expect(try await Exhibit.expect(0, ["logs", capture.path, "crashloop", "--timestamps"]).text == log)
        let bare = log.split(separator: "\n").map { $0.drop { $0 != " " }.dropFirst() + "\n" }.joined()
        #expect(try await Exhibit.expect(0, ["logs", capture.folder, "pod/crashloop"]).text == bare)
        try await Exhibit.expect(Exhibit.Code.entryNotFound, ["logs", capture.path, "pending"])
            .expectMessage("missing", "has never run")
        try await capture.withChanged(entry, { $0[40] ^= 1 }) { copy in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["logs", copy, "crashloop"]).expectMessage(entry)
        }
    }
}
