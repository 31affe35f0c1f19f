import Foundation
import Synchronization
import Testing

/// A kubelet that gives the log file itself, or something else in its place: what cannot be had from it comes as it always did.
@Suite(.needsBinary)
struct NodeLogTests {
    private static let node = "node-a"
    private static let file =
        "/api/v1/nodes/\(node)/proxy/logs/pods/\(FakeAPIServer.namespace)_\(FakeAPIServer.pod)_\(FakeAPIServer.uid)/\(FakeAPIServer.container)/0.log"
    private static let log = "/api/v1/namespaces/\(FakeAPIServer.namespace)/pods/\(FakeAPIServer.pod)/log"
    /// What `pods/log` says: something else, so that it shows which it was.
    private static let usual = "2026-01-01T00:00:00.000000000Z by pods/log\n"
    private static let line = "2026-01-01T00:00:00.5Z stdout F by the file\n"
    private static let text = "2026-01-01T00:00:00.500000000Z by the file\n"

    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the log is then.
        var log = usual
        var state = "ok"
        var code: String?
        var isFile = false
        let act: @Sendable (FakeConversation) -> Void
    }

    static let answers: [Answer] = [
        Answer(testDescription: "the file", log: text + text, isFile: true) { $0.answer(200, line + line) },
        Answer(testDescription: "the file, in pieces", log: text + text, isFile: true) { server in
            server.begin()
            for byte in (line + line).utf8 { server.piece([byte]) }
            server.end()
        },
        Answer(
            testDescription: "the file with lines that no runtime wrote", log: text + text, state: "partial",
            code: "NotLogLines", isFile: true
        ) { $0.answer(200, line + "\0\0\0\n" + line) },
        Answer(testDescription: "403") { $0.refuse(403, "Forbidden", "nodes is forbidden") },
        Answer(testDescription: "404") { $0.refuse(404, "NotFound", "404 page not found") },
        Answer(testDescription: "405") { $0.answer(405, "logs endpoint is disabled.") },
        Answer(testDescription: "429") { $0.refuse(429, "TooManyRequests", "later", headers: ["Retry-After: 1"]) },
        Answer(testDescription: "500") { $0.refuse(500, "InternalError", "broken") },
        Answer(testDescription: "a redirect") {
            $0.answer(301, "", headers: ["Location: http://192.0.2.1/elsewhere"])
        },
        Answer(testDescription: "an empty file") { $0.answer(200, "") },
        Answer(testDescription: "a page of a proxy") { $0.answer(200, "<html><body>Log in</body></html>\n") },
        Answer(testDescription: "Docker's format") {
            $0.answer(200, #"{"log":"one\n","stream":"stdout","time":"2026-01-01T00:00:00.5Z"}"# + "\n")
        },
        Answer(testDescription: "a file that a link led to") {
            $0.answer(200, "root:$6$salt$hash:19000:0:99999:7:::\n")
        },
        Answer(testDescription: "a reset") { $0.reset() },
        Answer(testDescription: "silence") { $0.fallSilent() },
        Answer(testDescription: "a header and silence") { server in
            server.begin()
            server.piece("2026-01-01T00:00:00.5Z std")
            server.fallSilent()
        },
        // What came is kept; it is not mixed with another reading.
        Answer(
            testDescription: "less than it said", log: text + "2026-01-01T00:00:00.500000000Z by the",
            state: "partial", code: "ConnectionLost", isFile: true
        ) { $0.answer(200, line + line, missing: 6) },
        Answer(
            testDescription: "a line and silence", log: text, state: "timeout", code: "Timeout", isFile: true
        ) { server in
            server.begin()
            server.piece(line)
            server.fallSilent()
        },
    ]

    @Test(arguments: answers)
    func aKubeletThatAnswers(_ answer: Answer) async throws {
        let run = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"], node: Self.node, deadline: 20
        ) { path in
            switch path {
            case Self.file: .conversation { answer.act($0) }
            case Self.log: .body(Self.usual)
            default: .usual
            }
        }
        let line = try run.line("logs")
        run.expect(line, answer.state, answer.code)
        #expect(line.via == (answer.isFile ? "node-log" : nil))
        #expect(try run.text(FaultRun.log) == answer.log)
    }

    /// With a limit on what is read, or of one that may have been started again, the file is not asked for.
    @Test(arguments: [["--tail", "5"], ["--since", "1h"]])
    func thePartOfALogIsLeftToTheKubelet(_ arguments: [String]) async throws {
        let asked = Mutex(0)
        let run = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"] + arguments, node: Self.node, deadline: 20
        ) { path in
            if path.contains("/proxy/logs/") { asked.withLock { $0 += 1 } }
            return path == Self.log ? .body(Self.usual) : .usual
        }
        #expect(try run.text(FaultRun.log) == Self.usual && asked.withLock { $0 } == 0)
    }
}
