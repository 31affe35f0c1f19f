import Foundation
import Testing

/// `query` and `timeline` on a real bundle.
@Suite(.needsBinary, .needsCluster)
struct QueryCommandTests {
    private func lines(_ arguments: [String], code: Int32 = 0) async throws -> [String] {
        try await Exhibit.expect(code, arguments).text.split(whereSeparator: \.isNewline).map(String.init)
    }

    @Test
    func podsAreInTheirExpectedStates() async throws {
        let capture = try await Capture.demo.value
        let sql = "SELECT name, phase, restarts > 0 FROM pods WHERE name IN ('crashloop', 'pending') ORDER BY name"
        for path in [capture.path, capture.folder] {
            #expect(
                try await lines(["query", path, sql, "--output", "csv"]) == [
                    "name,phase,restarts > 0", "crashloop,Running,1", "pending,Pending,0",
                ])
        }
        let rows = try await lines([
            "query", capture.path, "SELECT name, status FROM pods WHERE name = 'imagepull'", "--output", "json",
        ])
        #expect(rows.count == 1)
        #expect(rows.first?.hasPrefix(#"{"name":"imagepull","status":""#) == true)
    }

    @Test
    func whatWasCapturedIsCounted() async throws {
        let capture = try await Capture.demo.value
        let listed = try await lines(["ls", capture.path]).count
        #expect(
            try await lines(["query", capture.path, "SELECT count(*) n FROM entries", "--output", "csv"]) == [
                "n", "\(listed)",
            ])
        let ledger = try Files.text(capture.folder + "/meta/ledger.jsonl").split(separator: "\n").count
        #expect(
            try await lines(["query", capture.path, "SELECT count(*) n FROM ledger", "--output", "csv"]) == [
                "n", "\(ledger)",
            ])
    }

    @Test
    func linesOfALogAreThoseThatWereCaptured() async throws {
        let capture = try await Capture.demo.value
        let entry = "data/namespaces/exhibit-demo/pods/crashloop/main/main/logs/current.log"
        let log = try Files.text(capture.folder + "/" + entry).split(separator: "\n").map(String.init)
        let sql = "SELECT time || ' ' || message AS text FROM log_lines WHERE pod = 'crashloop' AND stream = 'current'"
        let rows = try await lines(["query", capture.path, sql, "--output", "csv"])
        #expect(rows.dropFirst().map { $0 } == log)
    }

    @Test
    func tablesAreListedAndExplained() async throws {
        let capture = try await Capture.demo.value
        let tables = try await lines(["query", capture.path, "--tables"])
        #expect(tables.contains { $0.hasPrefix("pods ") })
        #expect(tables.contains { $0.hasPrefix("redis_info ") })
        let columns = try await lines(["query", capture.path, "pods", "--tables"])
        #expect(columns.contains { $0.contains("STATUS as kubectl prints it") })
        try await Exhibit.expect(Exhibit.Code.badQuery, ["query", capture.path, "pod", "--tables"]).expectMessage(
            "pods")
    }

    @Test
    func whatIsNotSQLOrNotAllowedIsSaid() async throws {
        let capture = try await Capture.demo.value
        for (sql, words) in [
            ("SELEC", "syntax error"), ("SELECT no_such FROM pods", "no such column"),
            ("DELETE FROM pods", "only reading"),
            ("ATTACH '/etc/passwd' AS x", "only reading"), ("SELECT 1; SELECT 2", "more than one"),
        ] {
            try await Exhibit.expect(Exhibit.Code.badQuery, ["query", capture.path, sql]).expectMessage(words)
        }
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        try await Exhibit.expect(Exhibit.Code.queryLimit, ["query", capture.path, endless, "--timeout", "1s"])
            .expectMessage("--timeout")
        try await Exhibit.expect(64, ["query", capture.path])
    }

    @Test
    func whatWasAlteredIsNotPassedOver() async throws {
        let capture = try await Capture.demo.value
        let log = "data/namespaces/exhibit-demo/pods/crashloop/main/main/logs/current.log"
        try await capture.withChanged(log, { $0[30] ^= 1 }) { copy in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["query", copy, "SELECT count(*) FROM log_lines"])
                .expectMessage(log, "not as they were captured")
            // What does not need it has its answer.
            try await Exhibit.expect(0, ["query", copy, "SELECT count(*) FROM pods"])
        }
    }

    /// What else rows are made of.
    @Test(arguments: [
        "meta/ledger.jsonl", "meta/custody.jsonl", "meta/index.jsonl", "meta/bundle.json",
        "meta/definitions/sockets.yaml",
        "tagmanifest-sha256.txt", "data/namespaces/exhibit-demo/pods/logs/long/sockets/proc-net.txt",
    ])
    func anAlteredFileOfAnyKindIsSaid(path: String) async throws {
        let capture = try await Capture.demo.value
        func change(_ bytes: inout [UInt8]) {
            // A digit that stays one, so that it is read all the same.
            let last = bytes.lastIndex { (0x31...0x38).contains($0) } ?? bytes.count - 2
            bytes[last] ^= 1
        }
        try await capture.withChanged(path, change) { copy in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["query", copy, "SELECT 1"]).expectMessage(path)
        }
    }

    @Test
    func anIndexThatWasEmptiedIsNoEmptyBundle() async throws {
        let capture = try await Capture.demo.value
        try await capture.withChanged("meta/index.jsonl", { $0 = [] }) { copy in
            try await Exhibit.expect(Exhibit.Code.integrityFailed, ["query", copy, "SELECT count(*) FROM pods"])
        }
    }

    @Test(arguments: [
        ["query", "SELECT * FROM objects"], ["timeline"], ["findings"], ["grep", "e"], ["ls"], ["inspect"],
        ["logs", "-A"], ["logs", "-A", "--top"], ["hunt", "--indicator", "string:boom"], ["report", "-o", "-"],
    ])
    func rowsThatCannotBePrintedAreAnError(command: [String]) async throws {
        let capture = try await Capture.demo.value
        let outcome = try await Exhibit.run(
            [command[0], capture.path] + command.dropFirst(),
            through: ["/bin/sh", "-c", #"exec "$@" >/dev/full"#, "sh"])
        #expect(outcome.status == Exhibit.Code.diskFull, "\(outcome.summary)")
        outcome.expectMessage("No space left")
    }

    @Test
    func formsForProgramsAreWhole() async throws {
        let capture = try await Capture.demo.value
        let twice = try await Exhibit.expect(0, ["query", capture.path, "SELECT 1 AS a, 2 AS a", "--output", "json"])
        #expect(twice.text == "{\"a\":1,\"a_2\":2}\n")
        let sql = "SELECT 'a\"' || char(0x301) || ',b' AS x, 'y' AS y"
        let csv = try await Exhibit.expect(0, ["query", capture.path, sql, "--output", "csv"])
        #expect(csv.text.unicodeScalars.elementsEqual("x,y\r\n\"a\"\"\u{301},b\",y\r\n".unicodeScalars))
    }

    @Test
    func theTimelineIsInOneOrder() async throws {
        let capture = try await Capture.demo.value
        let all = try await lines(["timeline", capture.path, "--output", "json"])
        let times = all.compactMap { $0.split(separator: "\"").dropFirst(2).dropFirst().first.map(String.init) }
        #expect(times.count == all.count)
        #expect(times == times.sorted())
        #expect(all.contains { $0.contains("BackOff") })
        let warnings = try await lines([
            "timeline", capture.path, "--pod", "crashloop", "--severity", "warning", "--output", "json",
        ])
        #expect(!warnings.isEmpty)
        for line in warnings {
            #expect(line.contains(#""name":"crashloop""#))
            #expect(!line.contains(#""severity":"info""#))
        }
        #expect(
            try await lines(["timeline", capture.path, "--until", "2020-01-01T00:00:00Z", "--output", "csv"]).count == 1
        )
        try await Exhibit.expect(64, ["timeline", capture.path, "--since", "yesterday"])
    }

    @Test(.needsTool("mactime"))
    func filesAreReadByTheSleuthKit() async throws {
        let capture = try await Capture.demo.value
        try await Scratch.withFolder { folder in
            let body = try await Exhibit.expect(0, ["timeline", capture.path, "--output", "bodyfile"])
            let count = body.text.split(separator: "\n").count
            #expect(count > 10)
            for line in body.text.split(separator: "\n") {
                #expect(line.split(separator: "|", omittingEmptySubsequences: false).count == 11)
            }
            try Files.write(body.output, to: folder + "/body")
            let table = try await Tool.run("mactime", ["-b", folder + "/body", "-d", "-y"], folder: folder)
            #expect(table.text.split(separator: "\n").count > count)
        }
    }
}
