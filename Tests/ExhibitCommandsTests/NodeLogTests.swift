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
        var deadline = 20
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
        Answer(
            testDescription: "the file with a line that has only begun", log: text, state: "partial",
            code: "NotLogLines", isFile: true
        ) { $0.answer(200, line + "2026-01-01T00:00:00.6Z stdo") },
        Answer(testDescription: "a part of the file") {
            $0.answer(206, line, headers: ["Content-Range: bytes 0-42/100000"])
        },
        Answer(testDescription: "a few bytes and silence") { server in
            server.begin()
            server.piece("2026-01-01T")
            server.fallSilent()
        },
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
        // What came is kept; it is not mixed with another reading.
        Answer(
            testDescription: "less than it said", log: text + "2026-01-01T00:00:00.500000000Z by the",
            state: "partial", code: "ConnectionLost", isFile: true
        ) { $0.answer(200, line + line, missing: 6) },
        Answer(
            testDescription: "a line and silence", log: text, state: "timeout", code: "Deadline", isFile: true,
            deadline: 4
        ) { server in
            server.begin()
            server.piece(line)
            server.fallSilent()
        },
    ]

    @Test(arguments: answers)
    func aKubeletThatAnswers(_ answer: Answer) async throws {
        let run = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"], node: Self.node, deadline: answer.deadline
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

    /// A kubelet that was asked to read it as a log would keep all of it in its memory.
    @Test
    func aFileWithoutLinesIsNotReadByTheKubelet() async throws {
        let asked = Mutex(0)
        let run = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"], node: Self.node, deadline: 20
        ) { path in
            switch path {
            case Self.file:
                return .conversation { server in
                    server.begin()
                    for _ in 0..<24 { server.piece(String(repeating: "\0", count: 64 << 10)) }
                    server.end()
                }
            case Self.log:
                asked.withLock { $0 += 1 }
                return .body(Self.usual)
            default: return .usual
            }
        }
        run.expect(try run.line("logs"), "error", "NotLogLines")
        #expect(asked.withLock { $0 } == 0)
    }

    /// Headers are longer than what is kept of such lines: what comes is bounded, and not only what is kept.
    @Test
    func whatComesIsBoundedToo() async throws {
        try await Scratch.withFolder { folder in
            try Files.write(
                """
                {apiVersion: exhibit/v1, kind: Collector, metadata: {name: logs, title: x}, scope: container, volatility: 5,
                steps: [{logs: {files: true}, limits: {timeout: 15s, bytes: 64KiB}}]}
                """, to: folder + "/logs.yaml")
            chmod(folder + "/logs.yaml", 0o644)
            let piece = String(repeating: "2026-01-01T00:00:00.5Z stdout P x\n", count: 1_000)
            let run = try await FaultRun.of(
                ["--touch", "none", "--without", "kubelet-metrics", "--collectors", folder], node: Self.node,
                deadline: 20
            ) { path in
                switch path {
                case Self.file:
                    .conversation { server in
                        server.begin()
                        server.repeating(every: .milliseconds(5)) { server.piece(piece) }
                    }
                case Self.log: .body(Self.usual)
                default: .usual
                }
            }
            let line = try run.line("logs")
            run.expect(line, "partial", "ByteLimit")
            #expect(line.via == "node-log")
            #expect(try run.text(FaultRun.log).allSatisfy { $0 == "x" })
        }
    }

    /// With a limit on what is read the file is not asked for.
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

    @Test
    func aContainerThatWasStartedAgainMeanwhileHasAnotherLog() async throws {
        let run = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"], node: Self.node, deadline: 20
        ) { path in
            switch path {
            case Self.file, Self.file.replacing("/0.log", with: "/1.log"): .body(Self.line)
            case Self.log: .body(Self.usual)
            default: .usual
            }
        }
        #expect(try run.line("logs").via == nil)
        #expect(try run.text(FaultRun.log) == Self.usual)
    }

    // MARK: Many pods

    private static func pod(_ number: Int, on node: String, restarts: Int = 0, annotations: String = "") -> String {
        """
        {"metadata":{"name":"p\(number)","namespace":"fake","uid":"\(uid(number))","annotations":{\(annotations)}},
         "spec":{"nodeName":"\(node)","containers":[{"name":"c","image":"i"}]},
         "status":{"phase":"Running","containerStatuses":[{"name":"c","restartCount":\(restarts),
           "state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]}}
        """
    }

    private static func uid(_ number: Int) -> String { "7dd0ba9a-b407-42e1-bb5d-\(100_000_000_000 + number)" }

    /// What a node that does not give files says, and how often it may be asked for 30 of them: eight things go on at once.
    @Test(arguments: [(403, 1...16, 0), (404, 6...24, 30), (405, 1...10, 30), (200, 2...20, 30)])
    func aNodeThatGivesNoFilesIsNotAskedForEach(_ status: Int, _ asked: ClosedRange<Int>, _ others: Int) async throws {
        let counts = Mutex<[String: Int]>([:])
        let pods = (0..<60).map { Self.pod($0, on: $0 < 30 ? "node-a" : "node-b") }
        let run = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"], node: Self.node, deadline: 30
        ) { path in
            if path == "/api/v1/namespaces/fake/pods" {
                return .body(#"{"kind":"PodList","metadata":{},"items":[\#(pods.joined(separator: ","))]}"#)
            }
            guard path.contains("/proxy/logs/") else { return path.hasSuffix("/log") ? .body(Self.usual) : .usual }
            let isBroken = path.contains("node-a")
            if isBroken { counts.withLock { $0["node-a", default: 0] += 1 } }
            if isBroken, status != 200 { return .refusal(status) }
            if path.hasSuffix("/1.log") { return .refusal(404) }
            return .body(isBroken ? "another format\n" : Self.line)
        }
        let lines = run.lines.filter { $0.collector == "logs" }
        #expect(lines.count == 60 && lines.allSatisfy { $0.state == "ok" })
        #expect(counts.withLock { asked.contains($0["node-a", default: 0]) }, "\(counts.withLock { $0 })")
        // Who may not read files of one node may not read those of others either.
        let byFile = lines.filter { $0.via == "node-log" }
        #expect(status == 403 ? byFile.count < 30 : byFile.count == others)
        #expect(byFile.allSatisfy { ($0.target.name.flatMap { Int($0.dropFirst()) } ?? 0) >= 30 })
    }

    @Test
    func aStaticPodIsKnownToItsNodeByItsManifest() async throws {
        let hash = "0123456789abcdef0123456789abcdef"
        let asked = Mutex<Set<String>>([])
        let pods = [
            Self.pod(
                1, on: "node-a",
                annotations: #""kubernetes.io/config.hash":"\#(hash)","kubernetes.io/config.mirror":"\#(hash)""#),
            // Whoever makes a pod can write the one, but such an object is no mirror of a static pod without the other.
            Self.pod(2, on: "node-a", annotations: #""kubernetes.io/config.hash":"\#(hash)""#),
            Self.pod(3, on: "node-a", restarts: 1),
            Self.pod(
                4, on: "node-a", annotations: #""kubernetes.io/config.hash":"../x","kubernetes.io/config.mirror":"y""#),
        ]
        _ = try await FaultRun.of(
            ["--touch", "none", "--without", "kubelet-metrics"], node: Self.node, deadline: 20
        ) { path in
            if path == "/api/v1/namespaces/fake/pods" {
                return .body(#"{"kind":"PodList","metadata":{},"items":[\#(pods.joined(separator: ","))]}"#)
            }
            guard path.contains("/proxy/logs/") else { return path.hasSuffix("/log") ? .body(Self.usual) : .usual }
            if path.hasSuffix("/1.log") { return .refusal(404) }
            asked.withLock { _ = $0.insert(String(path.split(separator: "/")[7])) }
            return .body(Self.line)
        }
        #expect(asked.withLock { $0 } == ["fake_p1_\(hash)", "fake_p2_\(Self.uid(2))"])
    }
}
