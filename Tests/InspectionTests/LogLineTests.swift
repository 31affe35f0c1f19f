import Inspection
import Testing

struct LogLineTests {
    private func line(_ text: String) -> LogLine { LogLine(Array(text.utf8)[...]) }

    @Test(arguments: [
        ("I1130 08:01:00.123456       1 main.go:12] started", LogLine.Level.info),
        ("E0102 08:01:00.123456   12345 reflector.go:138] failed to list", .error),
        ("W1130 08:01:00.123456       1 x.go:1] careful", .warning),
        ("F1130 08:01:00.123456       1 x.go:1] bye", .fatal),
        (#"{"ts":"2026","level":"error","msg":"no"}"#, .error),
        (#"{"severity": "WARNING", "message": "x"}"#, .warning),
        (#"{"level":30,"time":1,"msg":"pino"}"#, .info),
        (#"{"level":50,"msg":"pino"}"#, .error),
        (#"time="2026-01-01T00:00:00Z" level=warning msg="x""#, .warning),
        ("level=error ts=2026 caller=main.go", .error),
        ("2026/11/30 08:01:00 [error] 7#7: *1 connect() failed", .error),
        ("2026-11-30 08:01:00.123 UTC [42] FATAL:  password authentication failed", .fatal),
        ("2026-11-30 08:01:00.123 UTC [42] LOG:  database system is ready", .info),
        ("2026-11-30 08:01:00,123 ERROR [main] com.example.Foo - broken", .error),
        ("[2026-11-30 08:01:00 +0000] [7] [INFO] Booting worker", .info),
        ("panic: runtime error: index out of range", .error),
        ("Traceback (most recent call last):", .error),
        ("WARN  something", .warning),
    ])
    func levelsOfCommonShapes(text: String, level: LogLine.Level) {
        #expect(line(text).level == level, "\(text)")
        // And with the runtime's time before it.
        let stamped = line("2026-11-30T08:01:00.268381048Z " + text)
        #expect(stamped.level == level)
        #expect(stamped.time == "2026-11-30T08:01:00.268381048Z")
        #expect(stamped.message == text)
    }

    @Test(arguments: [
        "tick Mon Nov 30", "the error is human", "ERROR_COUNT is 3", "no level=high here", "", "   ",
        "{\"msg\":\"error\"}",
        "Informational Errors", "\u{1b}[31m", "E130 short", "{",
    ])
    func noLevelIsMadeUp(text: String) {
        #expect(line(text).level == nil, "\(text)")
    }

    @Test(arguments: ["2026-11-30", "2026-11-30T08:01:00Z", "2026-11-30X08:01:00Z x", "20a6-11-30T08:01:00.1Z x", "x"])
    func whatIsNoTimeIsMessage(text: String) {
        #expect(line(text).time == nil)
        #expect(line(text).message == text)
    }

    @Test func timesHaveZones() {
        #expect(line("2026-11-30T08:01:00.1+01:00 x").time == "2026-11-30T08:01:00.1+01:00")
    }

    @Test func bytesThatAreNoTextAreNoTrouble() {
        #expect(LogLine([0xFF, 0x00, 0x61]).message == "\u{FFFD}\u{FFFD}a")
    }

    private func request(_ text: String) -> [String?]? {
        LogRequest(Array(text.utf8)[...]).map {
            [$0.method, $0.path, $0.status.map(String.init), $0.milliseconds.map { "\($0)" }]
        }
    }

    @Test func requestsOfCommonShapes() {
        #expect(
            request(#"10.0.0.1 - - [30/Nov/2026:08:01:00 +0000] "GET /a?b=c HTTP/1.1" 502 157 "-" "curl/7" 0.004"#)
                == ["GET", "/a?b=c", "502", "4.0"])
        #expect(
            request(#"{"level":"info","method":"POST","path":"/login","status":401,"latency_ms":12.5}"#)
                == ["POST", "/login", "401", "12.5"])
        #expect(
            request(#"{"request_method":"GET","uri":"/x","status_code":"500","duration":"1.5s"}"#)
                == ["GET", "/x", "500", "1500.0"])
        #expect(
            request("level=info method=GET path=/healthz status=200 duration=500µs") == [
                "GET", "/healthz", "200", "0.5",
            ])
    }

    @Test(arguments: [
        "tick", #"{"msg":"x"}"#, #"said "hello there you" 3"#, "status=900 method=GET", #"{"status":"ok"}"#, "\"",
        "path=",
        #""FETCH / HTTP/1.1" 200"#, "exit code=200",
    ])
    func noRequestIsMadeUp(text: String) {
        #expect(request(text) == nil, "\(text)")
    }
}
