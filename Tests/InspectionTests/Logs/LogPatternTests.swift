import Foundation
import Inspection
import Rows
import SQLite
import Testing

/// Lines that say the same, and what of them is kept.
struct LogPatternTests {
    private func rows(_ log: String, _ sql: String) async throws -> [[SQLValue]] {
        let capture = try await LogCapture(["a/main/current.log": log])
        return try await EvidenceDatabase(capture.capture).rows(sql)
    }

    private static let shapes: [(line: String, pattern: String)] = [
        ("GET took 12ms, 3.5s and 1m30s", "GET took <*>, <*> and <*>"),
        ("at 2026-11-30T08:01:00.123456Z from 10.1.2.3:8080", "at <*> from <*>"),
        ("started Mon Nov 30 12:27:06 UTC 2026", "started <*> <*> <*> <*> UTC <*>"),
        (
            "127.0.0.1 - - [30/Nov/2026:08:01:00 +0000] \"GET /a/1?x=2 HTTP/1.1\" 200 12",
            "<*> - - [<*> <*>] \"GET <*>\" <*> <*>"
        ),
        (
            "id 550e8400-e29b-41d4-a716-446655440000 deadbeef01 0x7ffe c0ffee1 abcdefab decade",
            "id <*> <*> <*> <*> <*> decade"
        ),
        ("at fe80::1c3f:2 and 2001:db8::1", "at <*> and <*>"),
        ("pod web-7d4f9c5b68-x2x9z of v1 on worker-12", "pod web-<*> of v<*> on worker-<*>"),
        ("cannot open \"/var/lib/x\": don't panic", "cannot open \"<*>\": don't panic"),
        ("user 'bob' of 'x", "user '<*>' of 'x"),
        (
            #"{"level":"error","ts":1764489660.1,"msg":"dial tcp 10.0.0.1:5432: refused","user":"bob","n":-3}"#,
            #"{"level":"error","ts":<*>,"msg":"dial tcp <*>: refused","user":"<*>","n":<*>}"#
        ),
        (
            #"level=info msg="got 3 items" path="/x/y" took=5ms"#,
            #"level=info msg="got <*> items" path="<*>" took=<*>"#
        ),
        (
            #"E1130 08:01:00.123456       1 sync.go:12] "Failed to sync" err="no" pod="a/b""#,
            #"<*> <*> <*> sync.go:<*>] "Failed to sync" err="no" pod="<*>""#
        ),
        ("\u{1B}[31mred\u{1B}[0m\ttab", "red tab"),
        ("offset=-5 (+7) a-b", "offset=<*> (<*>) a-b"),
        ("\"not closed", "\"not closed"),
        ("größer als 5 €", "größer als <*> €"),
    ]

    @Test func whatChangesIsLeftOut() async throws {
        let log = Self.shapes.map { $0.line + "\n" }.joined()
        let found = try await rows(log, "SELECT pattern FROM log_patterns ORDER BY line").compactMap { $0[0].text }
        #expect(found == Self.shapes.map(\.pattern))
    }

    @Test func linesThatAreAlikeAreOne() async throws {
        let log = (0..<50).map { "\(LogCapture.stamp($0)) ERROR request \($0 * 7) failed\n" }.joined() + "INFO ok\n"
        let found = try await rows(
            log, "SELECT level, pattern, count, first_time, last_time, line, example, container FROM log_patterns")
        #expect(
            found == [
                [
                    .text("error"), .text("ERROR request <*> failed"), .integer(50),
                    .text("2026-11-30T08:00:00.000000000Z"), .text("2026-11-30T08:00:49.000000000Z"), .integer(1),
                    .text("ERROR request 0 failed"), .text("main"),
                ],
                [
                    .text("info"), .text("INFO ok"), .integer(1), .text("2026-11-30T08:00:49.000000000Z"),
                    .text("2026-11-30T08:00:49.000000000Z"), .integer(51), .text("INFO ok"), .text("main"),
                ],
            ])
    }

    @Test func beyondTheLimitLinesAreCountedTogether() async throws {
        let log = (0..<2_500).map { "w \(Self.word($0))\n" }.joined() + "w \(Self.word(0))\n"
        let found = try await rows(log, "SELECT count(*), sum(count), max(count) FROM log_patterns")
        #expect(found == [[.integer(2_001), .integer(2_501), .integer(501)]])
        let rest = try await rows(log, "SELECT count, line FROM log_patterns WHERE pattern = '(other lines)'")
        #expect(rest == [[.integer(501), .integer(1)]])
    }

    /// Letters that are no part of a hexadecimal number.
    private static func word(_ number: Int) -> String {
        String(String(number, radix: 8).map { Character(UnicodeScalar(UInt8(0x67 + ($0.wholeNumberValue ?? 0)))) })
    }

    @Test(arguments: [1, 2])
    func whatComesOftenIsKeptBehindManyOthers(_ times: Int) async throws {
        let others = (0..<3_000).map { number in
            String(repeating: "\(LogCapture.stamp(number)) ERROR w \(Self.word(number))\n", count: times)
        }
        let log =
            others.joined()
            + (0..<50).map { "\(LogCapture.stamp(4_000 + $0)) ERROR disk failed\n" }.joined() + "WARN x\n"
        let capture = try await LogCapture(["a/main/current.log": log])
        let digest = try await capture.plan().digest(capture.capture, LogOptions())
        let top = TopMessages(digest)
        let errors = top.of([.error])
        #expect(errors.lines == 3_000 * times + 50)
        #expect(errors.messages.count + errors.otherLines / times >= 3_000)
        #expect(errors.messages.first?.pattern == "ERROR disk failed")
        #expect(errors.messages.first?.count == 50)
        #expect(errors.messages.first?.last?.hasPrefix("2026-11-30T09:07:29") == true)
        #expect(top.of([.warning]).lines == 1)
        let rest = try #require(digest.patterns.first { $0.pattern == LogDigest.otherLines })
        // Of those that came twice, the first 1,500 have settled.
        #expect(rest.level == .error && rest.line == (times == 1 ? 1 : 3_001))
        #expect(rest.first?.words.prefix(19) == (times == 1 ? "2026-11-30T08:00:00" : "2026-11-30T08:25:00"))
    }

    @Test func whatCameOftenIsKeptBeforeManyOthers() async throws {
        let often = (0..<3).flatMap { _ in (0..<1_400).map { "WARN w \(Self.word($0))\n" } }
        let log = often.joined() + (0..<5_000).map { "ERROR w \(Self.word($0))\n" }.joined()
        let capture = try await LogCapture(["a/main/current.log": log])
        let top = TopMessages(try await capture.plan().digest(capture.capture, LogOptions()))
        let warnings = top.of([.warning])
        #expect(warnings.messages.count == 1_400 && warnings.otherLines == 0)
        #expect(warnings.messages.allSatisfy { $0.count == 3 })
        #expect(top.of([.error]).lines == 5_000)
    }

    @Test func ofTooManyPatternsTheMostFrequentOfEachLogAreKept() async throws {
        func log(_ name: String) -> String {
            (0..<30).map { number in
                String(repeating: "ERROR \(name) \(Self.word(number))\n", count: number == 7 ? 9 : 1)
            }.joined()
        }
        let capture = try await LogCapture([
            "a/main/current.log": log("x"), "b/main/current.log": log("y"), "c/main/current.log": log("z"),
        ])
        var limits = LogDigest.Limits()
        limits.patterns = 6
        let read = capture.capture
        let digest = try await LogDigest(read, limits: limits) { file in
            guard case .log(let place) = read.role(of: file) else { return nil }
            return LogDigest.Wants(place)
        }
        #expect(digest.lines == 3 * 38)
        #expect(digest.patterns.map { "\($0.place.pod)\($0.count)" } == ["a1", "a9", "b1", "b9", "c1", "c9"])
        #expect(digest.left == [.error: 3 * 28])
        #expect(TopMessages(digest).of([.error]).lines == 3 * 38)
    }

    @Test func theCRAtTheEndOfALineIsNoPartOfWhatItSays() async throws {
        let found = try await rows(
            "ERROR no\r\nERROR no\nERROR a\rb\r\n", "SELECT pattern, count, example FROM log_patterns ORDER BY line")
        #expect(
            found == [
                [.text("ERROR no"), .integer(2), .text("ERROR no")],
                [.text("ERROR a b"), .integer(1), .text("ERROR a\rb")],
            ])
        #expect(try await rows("ERROR no\r\n", "SELECT last_error FROM log_counts") == [[.text("ERROR no")]])
    }

    @Test func durationsThatNoRequestTakesAreNone() async throws {
        let log = ["1e300", "1e12", "-1", "nan", "inf", "1e13"].map {
            #"{"method":"GET","path":"/a","status":200,"duration_ms":\#($0)}"# + "\n"
        }
        let more =
            #"{"method":"GET","status":200,"duration":1e308}"# + "\n"
            + #"{"method":"GET","status":200,"duration":"1e308s"}"# + "\n"
            + #"1.1.1.1 - - [x] "GET /b HTTP/1.1" 200 12 "-" "-" 1.0e308"# + "\n"
        let found = try await rows(
            log.joined() + more, "SELECT count(*), count(milliseconds), max(milliseconds) FROM log_lines")
        #expect(found == [[.integer(9), .integer(1), .real(1e12)]])
    }

    @Test func hostileLinesAreBounded() async throws {
        let log =
            String(repeating: "\"'{x=", count: 60_000) + "\n\0\u{1B}[\n" + String(repeating: "é", count: 5_000)
            + "\n\n\\\"\n\""
        let found = try await rows(
            log,
            "SELECT max(length(CAST(pattern AS BLOB))), max(length(CAST(example AS BLOB))), sum(count) FROM log_patterns"
        )
        #expect(found[0][0].integer ?? 9_999 <= 403 && found[0][1].integer ?? 9_999 <= 403)
        #expect(found[0][2] == .integer(6))
    }

    @Test func onlyWhatIsWantedIsRead() async throws {
        let capture = try await LogCapture([
            "a/main/current.log": "ERROR x\nWARN y\nINFO z\n", "b/main/current.log": "ERROR x\n",
        ])
        let database = try await EvidenceDatabase(capture.capture)
        try FileManager.default.removeItem(
            atPath: capture.folder.file("case/namespaces/prod/pods/b/main/main/logs/current.log"))
        func levels(_ sql: String) async throws -> [String] {
            try await database.rows("SELECT level FROM \(sql) ORDER BY line").compactMap { $0[0].text }
        }
        #expect(try await levels("log_patterns('warning') WHERE pod = 'a'") == ["error", "warning"])
        #expect(try await levels("log_patterns WHERE pod = 'a' AND level = 'info'") == ["info"])
        #expect(try await levels("log_patterns WHERE namespace = 'other'") == [])
        // The timeline's part of it, too.
        for condition in ["name = 'a' AND namespace = 'prod'", "source IN ('event', 'object')", "source <> 'log'"] {
            _ = try await database.rows("SELECT count(*) FROM timeline WHERE \(condition)")
            #expect(database.damage.count == 0, "\(condition)")
        }
        #expect(try await levels("log_patterns").count == 3)
        #expect(database.damage.count == 1)
        let error = await #expect(throws: SQLError.self) { try await levels("log_patterns('bad')") }
        #expect(error?.reason.contains("takes a level") == true)
    }

    @Test func messagesAndRequestsOfSeveralLogs() async throws {
        func access(_ seconds: Int, _ path: String, _ status: Int, _ took: String) -> String {
            "\(LogCapture.stamp(seconds)) 10.0.0.1 - - [x] \"GET \(path) HTTP/1.1\" \(status) 12 \"-\" \"-\" \(took)\n"
        }
        let capture = try await LogCapture([
            "a/main/current.log": access(1, "/orders/1", 200, "0.1") + access(2, "/orders/2?a=b", 500, "2.5")
                + access(3, "/orders/3", 500, "0.2"),
            "b/main/current.log": "\(LogCapture.stamp(0)) ERROR no 1\n\(LogCapture.stamp(9)) ERROR no 2\n"
                + #"{"level":"info","method":"POST","path":"/login","status":401,"latency_ms":7}"# + "\n",
            "c/main/current.log": "\(LogCapture.stamp(5)) ERROR no 3\n",
        ])
        let plan = try await capture.plan()
        let digest = try await plan.digest(capture.capture, LogOptions())
        #expect(digest.lines == 7)
        let top = TopMessages(digest).of([.error]).messages
        #expect(top.count == 1)
        #expect(top[0].pattern == "ERROR no <*>")
        #expect(top[0].count == 3)
        #expect(top[0].example == "ERROR no 1")
        #expect(top[0].first?.hasPrefix("2026-11-30T08:00:00") == true)
        #expect(top[0].last?.hasPrefix("2026-11-30T08:00:09") == true)
        #expect(top[0].sources.map(\.name) == ["prod/b/main", "prod/c/main"])
        #expect(digest.requests.byStatus == [200: 1, 500: 2, 401: 1])
        #expect(
            Set(digest.requests.failed.map { "\($1) \($0.status) \($0.method ?? "") \($0.path ?? "")" }) == [
                "2 500 GET /orders/<*>", "1 401 POST /login",
            ])
        #expect(digest.requests.slowest.map(\.request.milliseconds) == [2_500, 200, 100, 7])
        #expect(digest.requests.slowest[0].line == 2)
        var options = LogOptions()
        options.level = .error
        #expect(try await plan.digest(capture.capture, options).lines == 3)
    }
}
