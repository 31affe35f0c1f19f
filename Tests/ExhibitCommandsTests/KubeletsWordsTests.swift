import Testing

/// What a kubelet says with status 200 in place of a log, or at its end, is not taken for one.
@Suite(.needsBinary)
struct KubeletsWordsTests {
    private static let log = "/api/v1/namespaces/\(FakeAPIServer.namespace)/pods/\(FakeAPIServer.pod)/log"
    private static let line = "2026-01-01T00:00:00.500000000Z a line\n"

    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        let state: String
        let code: String?
        /// Nil: the bundle has no such entry.
        let kept: String?
    }

    static let answers: [Answer] = [
        // As kubelets of 1.20 and 1.36 write them.
        Answer(
            testDescription: "the file is gone",
            body:
                #"failed to try resolving symlinks in path "/var/log/pods/x/0.log": lstat /var/log/pods/x/0.log: no such file"#,
            state: "error", code: "LogUnreadable", kept: nil),
        Answer(
            testDescription: "the file is no log",
            body: #"failed to get parse function: unsupported log format: "root:*:19000""#,
            state: "error", code: "LogUnreadable", kept: nil),
        Answer(
            testDescription: "the container is gone", body: "unable to retrieve container logs for containerd://0123",
            state: "missing", code: "LogGone", kept: nil),
        Answer(
            testDescription: "a failure at the end", body: line + "failed to read log file: input/output error",
            state: "partial", code: "LogCut", kept: line + "failed to read log file: input/output error"),
        // A kubelet of another make: what it gives is kept.
        Answer(
            testDescription: "lines without times", body: "one\ntwo\n", state: "partial", code: "NotLogLines",
            kept: "one\ntwo\n"),
        Answer(
            testDescription: "a line without an end", body: line + "2026-01-01T00:00:01Z it goes on", state: "ok",
            code: nil,
            kept: line + "2026-01-01T00:00:01Z it goes on"),
        Answer(testDescription: "a log", body: line + line, state: "ok", code: nil, kept: line + line),
        Answer(testDescription: "nothing", body: "", state: "empty", code: nil, kept: ""),
    ]

    /// A part would pass for the whole.
    @Test
    func aPartIsNoLog() async throws {
        let run = try await FaultRun.of(["--touch", "none", "--without", "kubelet-metrics"], deadline: 20) { path in
            guard path == Self.log else { return .usual }
            return .conversation { $0.answer(206, Self.line, headers: ["Content-Range: bytes 0-37/100000"]) }
        }
        let line = try run.line("logs")
        run.expect(line, "error", "BadResponse")
        #expect(line.reason?.message.contains("206") == true, "\(line)")
    }

    @Test(arguments: answers)
    func aKubeletThatSays(_ answer: Answer) async throws {
        let run = try await FaultRun.of(["--touch", "none", "--without", "kubelet-metrics"], deadline: 20) { path in
            path == Self.log ? .body(answer.body) : .usual
        }
        let line = try run.line("logs")
        run.expect(line, answer.state, answer.code)
        if let kept = answer.kept, !kept.isEmpty {
            #expect(try run.text(FaultRun.log) == kept)
        } else if answer.kept == nil {
            #expect(line.reason?.message.contains(answer.body.prefix(20)) == true)
            #expect(throws: (any Error).self) { try run.text(FaultRun.log) }
        }
    }
}
