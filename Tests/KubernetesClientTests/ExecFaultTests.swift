import KubernetesClient
import NIOHTTP1
import TestSupport
import Testing

/// Commands in containers, by way of a server that breaks every promise of the protocol.
@Suite(.timeLimit(.minutes(1)))
struct ExecFaultTests {
    private struct End {
        var out: [UInt8] = []
        var err: [UInt8] = []
        var result: ExecResult?
        var error: KubernetesError?
    }

    private static func run(
        stdin: [UInt8]? = nil, _ script: @escaping FakeServer.Script
    ) async throws -> (end: End, received: [UInt8]) {
        try await FakeServer.serving(script) { server in
            try await server.withClient { client in
                var end = End()
                do {
                    end.result = try await client.exec(
                        namespace: "ns", pod: "web", container: "app", argv: ["ls", "-l", "a b&c"], stdin: stdin
                    ) { stream, bytes in
                        if stream == .stdout { end.out += bytes } else { end.err += bytes }
                    }
                } catch let error as KubernetesError {
                    end.error = error
                }
                return (end, server.received)
            }
        }
    }

    /// Accepts, says this, and hangs up.
    private static func saying(_ steps: [FakeStep]) -> FakeServer.Script {
        { request in [.upgrade(request)] + steps + [.close] }
    }

    @Test func theRequestIsAsTheApiWantsIt() async throws {
        try await FakeServer.serving({ [.upgrade($0), .success] }) { server in
            try await server.withClient { client in
                let result = try await client.exec(
                    namespace: "ns", pod: "web", container: "app", argv: ["ls", "-l", "a b&c"]
                ) { _, _ in }
                #expect(result == .exited(code: 0))
            }
            let head = try #require(server.requests.first)
            #expect(
                head.uri == "/api/v1/namespaces/ns/pods/web/exec?command=ls&command=-l&command=a%20b%26c&container=app"
                    + "&stdout=true&stderr=true")
            #expect(head.headers["sec-websocket-protocol"] == ["v5.channel.k8s.io, v4.channel.k8s.io"])
            #expect(head.headers["host"] == ["127.0.0.1:\(server.port)"])
        }
    }

    /// Nothing ran then, so it may be tried again.
    @Test func aRefusalForNowIsTriedAgain() async throws {
        let (end, _) = try await Self.run { request in
            request.number < 2
                ? [.http(429, "later", headers: [("Retry-After", "0")]), .close]
                : [.upgrade(request), .frame(1, "out"), .success, .close]
        }
        #expect(end.out == Array("out".utf8) && end.result == .exited(code: 0), "\(String(describing: end.error))")
    }

    @Test func streamsAndExitCodes() async throws {
        let script = Self.saying([
            .frame([1]), .frame([2]), .frame(1, "out"), .frame(2, "err"), .frame([255, 1]), .frame(1, "put"),
            .frame(
                3,
                #"{"status":"Failure","reason":"NonZeroExitCode","message":"exit 137","#
                    + #""details":{"causes":[{"reason":"ExitCode","message":"137"}]}}"#),
        ])
        let (end, _) = try await Self.run(script)
        #expect(end.result == .exited(code: 137))
        #expect(end.out == Array("output".utf8) && end.err == Array("err".utf8))
    }

    @Test func aMissingProgramIsData() async throws {
        let message = #"exec: \"ls\": executable file not found in $PATH: unknown"#
        let (end, _) = try await Self.run(
            Self.saying([
                .frame(3, #"{"status":"Failure","reason":"InternalError","message":"\#(message)","code":500}"#)
            ]))
        guard case .failed(let failure)? = end.result else {
            Issue.record("\(end)")
            return
        }
        #expect(failure.reason == "InternalError" && failure.isMissingExecutable)
    }

    /// Whatever way a stream is cut into fragments and segments, the same bytes come out.
    @Test(arguments: 0..<20)
    func anyFragmentationGivesTheSame(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let content = (0..<Int.random(in: 1...200_000, using: &random)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var rest = content[...]
        var steps: [FakeStep] = []
        while !rest.isEmpty {
            let message = [1] + rest.prefix(Int.random(in: 1...90_000, using: &random))
            rest = rest.dropFirst(message.count - 1)
            var payload = message[...]
            var isFirst = true
            while !payload.isEmpty || isFirst {
                // An empty first fragment leaves even the channel to the next one.
                let piece = Array(payload.prefix(Int.random(in: 0...40_000, using: &random)))
                payload = payload.dropFirst(piece.count)
                steps.append(.frame(piece, opcode: isFirst ? 2 : 0, fin: payload.isEmpty))
                isFirst = false
                if Bool.random(using: &random) { steps.append(.frame([1, 2, 3], opcode: 9)) }
            }
        }
        steps.append(.frame(Array("\u{3}{\"status\":".utf8), fin: false))
        steps.append(.frame(Array("\"Success\"}".utf8), opcode: 0))
        let script = steps
        // No close: it would reset the connection over the unread answers to the pings, and lose what is under way.
        let (end, _) = try await Self.run { [.upgrade($0)] + script }
        #expect(end.result == .exited(code: 0), "\(String(describing: end.error))")
        let isSame = end.out == content
        #expect(isSame)
    }

    private static let garbage: [[FakeStep]] = [
        [.frame(7, "unknown channel")],
        [.frame([1, 0x61], opcode: 1)],
        [.frame([0x61], opcode: 0)],
        [.frame([1, 0x61], fin: false), .frame([1, 0x61])],
        [.frame([1, 0x61], opcode: 5)],
        [.frame(3, "not json")],
        [.frame(3, #"{"status":"Maybe"}"#)],
        [.frame([UInt8](repeating: 3, count: 300_000))],
        [.frame([UInt8](repeating: 1, count: 2 << 20))],
        [.send([UInt8](repeating: 0xFF, count: 100))],
        [.frame([0x03, 0xF3] + Array("internal".utf8), opcode: 8)],
    ]

    @Test(arguments: garbage.indices)
    func garbageEndsAsABadResponse(_ index: Int) async throws {
        let steps = Self.garbage[index]
        let (end, _) = try await Self.run { [.upgrade($0)] + steps }
        #expect(end.error?.code == .badResponse, "\(String(describing: end.error))")
        #expect(end.error?.advice.contains("still be running") == true)
    }

    private static let ends: [[FakeStep]] = [
        [], [.frame(1, "some")], [.frame([0x03, 0xE8], opcode: 8)], [.frame([], opcode: 8)],
    ]

    @Test(arguments: ends.indices)
    func anEndWithoutAStatusIsALostConnection(_ index: Int) async throws {
        let (end, _) = try await Self.run(Self.saying(Self.ends[index]))
        #expect(end.error?.code == .connectionLost, "\(String(describing: end.error))")
    }

    @Test func aResetIsALostConnection() async throws {
        let (end, _) = try await Self.run { [.upgrade($0), .frame(1, "some"), .pause(milliseconds: 50), .reset] }
        #expect(end.error?.code == .connectionLost && end.out == Array("some".utf8))
    }

    @Test func refusalsComeWithTheirStatus() async throws {
        @Sendable func status(_ code: Int, _ reason: String, _ message: String) -> FakeStep {
            .http(
                code,
                #"{"kind":"Status","status":"Failure","message":"\#(message)","reason":"\#(reason)","code":\#(code)}"#)
        }
        let (forbidden, _) = try await Self.run { _ in [status(403, "Forbidden", "pods is forbidden")] }
        #expect(forbidden.error?.code == .forbidden && forbidden.error?.reason == "pods is forbidden")
        let (missing, _) = try await Self.run { _ in [status(404, "NotFound", "no such pod")] }
        #expect(missing.error?.code == .notFound)
        let (stopped, _) = try await Self.run { _ in [status(400, "BadRequest", "container not running")] }
        #expect(stopped.error?.code == .badRequest && stopped.error?.httpStatus == 400)
        let (busy, _) = try await Self.run { _ in [status(429, "TooManyRequests", "busy")] }
        #expect(busy.error?.code == .tooManyRequests)
    }

    @Test func anAnswerThatIsNoUpgradeIsBad() async throws {
        let (page, _) = try await Self.run { _ in [.http(200, "<html>")] }
        #expect(page.error?.code == .badResponse && page.error?.httpStatus == 200)
        let (keyless, _) = try await Self.run { _ in
            [.text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
        }
        #expect(keyless.error?.code == .badResponse, "\(keyless)")
        let (other, _) = try await Self.run { [.upgrade($0, subprotocol: "base64.channel.k8s.io")] }
        #expect(other.error?.code == .badResponse)
        let (none, _) = try await Self.run { [.upgrade($0, subprotocol: nil)] }
        #expect(none.error?.code == .badResponse)
        let (noise, _) = try await Self.run { _ in [.text("SSH-2.0-OpenSSH\r\n")] }
        #expect(noise.error?.code == .badResponse, "\(noise)")
        let (endless, _) = try await Self.run { _ in
            [
                .text("HTTP/1.1 403 Forbidden\r\nContent-Length: 99999999\r\n\r\n"),
                .endless([UInt8](repeating: 0x61, count: 4096)),
            ]
        }
        #expect(endless.error?.code == .forbidden)
    }

    @Test func aServerThatNeverAnswersTimesOut() async throws {
        try await FakeServer.serving({ _ in [.hang] }) { server in
            try await server.withClient(readTimeout: .milliseconds(300)) { client in
                let error = await #expect(throws: KubernetesError.self) {
                    try await client.exec(namespace: "ns", pod: "web", argv: ["ls"]) { _, _ in }
                }
                #expect(error?.code == .timeout)
            }
        }
    }

    @Test func inputIsSentWithItsEnd() async throws {
        let (end, received) = try await Self.run(stdin: Array("hello".utf8)) {
            [.upgrade($0), .await(bytes: 20), .success]
        }
        #expect(end.result == .exited(code: 0))
        // Two masked frames of 6 and 2 bytes.
        try #require(received.count == 6 + 6 + 6 + 2 && received[0] == 0x82 && received[1] == 0x86)
        let mask = Array(received[2..<6] + received[2..<4])
        let input: [UInt8] = zip(received[6..<12], mask).map { $0 ^ $1 }
        #expect(input == Array("\0hello".utf8))
        let close: [UInt8] = zip(received[18..<20], received[14..<16]).map { $0 ^ $1 }
        #expect(close == [255, 0])
    }

    @Test func inputNeedsAServerThatCanEndIt() async throws {
        let (end, _) = try await Self.run(stdin: []) { _ in [.http(403, "")] }
        #expect(end.error?.code == .execRefused)
        let (old, _) = try await Self.run(stdin: []) { [.upgrade($0, subprotocol: "v4.channel.k8s.io")] }
        #expect(old.error?.code == .badResponse)
    }

    @Test func pingsAreAnswered() async throws {
        let (_, received) = try await Self.run {
            [.upgrade($0), .frame([0x61, 0x62], opcode: 9), .await(bytes: 8), .success]
        }
        #expect(received.count == 8 && received.first == 0x8A)
    }

    @Test func aSilentCommandIsWaitedForUntilItsTaskEnds() async throws {
        try await FakeServer.serving({ [.upgrade($0), .hang] }) { server in
            // Silence longer than the read timeout is a command's good right.
            try await server.withClient(readTimeout: .milliseconds(1500)) { client in
                let task = Task { try await client.exec(namespace: "ns", pod: "web", argv: ["sleep"]) { _, _ in } }
                try await Task.sleep(for: .milliseconds(2500))
                let start = ContinuousClock.now
                task.cancel()
                let error = await #expect(throws: KubernetesError.self) { try await task.value }
                #expect(error?.code == .cancelled && error?.advice.contains("still be running") == true)
                #expect(ContinuousClock.now - start < .seconds(15), "without cancellation it would never end")
            }
        }
    }

    @Test func aSlowReaderHoldsTheServerBack() async throws {
        let frame: [UInt8] = [0x82, 126, 0x40, 0x00, 1] + [UInt8](repeating: 0x61, count: 0x3FFF)
        try await FakeServer.serving({ [.upgrade($0), .endless(frame)] }) { server in
            try await server.withClient { client in
                struct Enough: Error {}
                await #expect(throws: Enough.self) {
                    _ = try await client.exec(namespace: "ns", pod: "web", argv: ["yes"]) { _, _ in
                        try await Task.sleep(for: .milliseconds(700))
                        throw Enough()
                    }
                }
                // What the kernel's buffers hold on both sides, not what could be sent in that time.
                #expect(server.endlessBytes < 24 << 20)
            }
        }
    }

    @Test func namesThatAreNoNamesAreNotSent() async throws {
        try await FakeServer.serving({ _ in [.http(200, "")] }) { server in
            try await server.withClient { client in
                for (namespace, pod) in [("ns", ".."), ("a/b", "web"), ("", "web"), ("ns", "a%2fb"), ("ns", "a\nb")] {
                    let error = await #expect(throws: KubernetesError.self) {
                        try await client.exec(namespace: namespace, pod: pod, argv: ["ls"]) { _, _ in }
                    }
                    #expect(error?.code == .badArgument)
                }
                let empty = await #expect(throws: KubernetesError.self) {
                    try await client.exec(namespace: "ns", pod: "web", argv: []) { _, _ in }
                }
                #expect(empty?.code == .badArgument)
            }
            #expect(server.requests.isEmpty)
        }
    }
}
