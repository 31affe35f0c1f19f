import KubernetesClient
import StructuredText
import Testing

/// Lists from a server that fails in every way that one can.
@Suite(.timeLimit(.minutes(1)))
struct ListFaultTests {
    private static let pods = APIResource(group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true)

    private static func object(_ name: String) -> String { #"{"metadata":{"name":"\#(name)","namespace":"ns"}}"# }

    private static func list(_ names: [String], next: String = "") -> String {
        #"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"\#(next)"},"items":["#
            + names.map(object).joined(separator: ",") + "]}"
    }

    private static func status(_ code: Int, _ reason: String, next: String = "") -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{"continue":"\#(next)"},"status":"Failure","message":"said so","#
            + #""reason":"\#(reason)","code":\#(code)}"#
    }

    /// Lists everything and gives the names that came, the end, and the error.
    private static func run(
        _ script: @escaping FakeServer.Script, options: ListOptions = ListOptions(), restarts: Bool = false,
        readTimeout: Duration = .seconds(20)
    ) async throws -> (names: [String], result: ListResult?, error: KubernetesError?, requests: Int) {
        try await FakeServer.serving(script) { server in
            try await server.withClient(readTimeout: readTimeout) { client in
                var names: [String] = []
                var begin = 0
                do {
                    let result = try await client.list(
                        pods, namespace: "ns", options: options,
                        onRestart: restarts
                            ? { restart in
                                #expect(restart.itemCount == names.count)
                                begin += 1
                                names = []
                            } : nil
                    ) { names.append(try JSONValue(parsing: $0)["metadata"]?["name"]?.string ?? "?") }
                    return (names, result, nil, server.requests.count)
                } catch let error as KubernetesError {
                    return (names, nil, error, server.requests.count)
                }
            }
        }
    }

    @Test func aServerThatFallsSilentMidwayTimesOut() async throws {
        let run = try await Self.run(
            { _ in [.chunkedHead, .chunk(#"{"kind":"PodList","metadata":{},"items":[\#(Self.object("a")),"#), .hang] },
            readTimeout: .seconds(2))
        #expect(run.names == ["a"] && run.error?.code == .timeout && run.requests == 1)
        #expect(run.error?.reason.contains("2 s") == true)
    }

    @Test func aServerThatNeverAnswersTimesOut() async throws {
        let run = try await Self.run({ _ in [.hang] }, readTimeout: .milliseconds(300))
        #expect(run.error?.code == .timeout && run.requests <= 1)
        #expect(run.error?.doing == "listing pods in namespace ns")
    }

    @Test func aResetBeforeTheFirstByteIsTriedAgain() async throws {
        let run = try await Self.run { $0.number < 2 ? [.reset] : [.http(200, Self.list(["a", "b"]))] }
        #expect(run.names == ["a", "b"] && run.error == nil && run.requests == 3)
        let headOnly = try await Self.run {
            $0.number < 1 ? [.chunkedHead, .pause(milliseconds: 20), .reset] : [.http(200, Self.list(["a"]))]
        }
        #expect(headOnly.names == ["a"] && headOnly.requests == 2)
    }

    @Test func aResetMidwayIsNotTriedAgain() async throws {
        let run = try await Self.run { _ in
            [
                .chunkedHead, .chunk(#"{"kind":"PodList","items":[\#(Self.object("a")),"#), .pause(milliseconds: 50),
                .reset,
            ]
        }
        #expect(run.names == ["a"] && run.error?.code == .connectionLost && run.requests == 1)
    }

    @Test func endlessResetsEndAfterTheLastTry() async throws {
        let run = try await Self.run { _ in [.reset] }
        #expect(run.error?.code == .connectionLost && run.requests == 4)
    }

    @Test func retryAfterIsObeyed() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let run = try await Self.run {
            $0.number == 0
                ? [.http(429, Self.status(429, "TooManyRequests"), headers: [("Retry-After", "1")])]
                : [.http(200, Self.list(["a"]))]
        }
        #expect(run.names == ["a"] && run.requests == 2)
        #expect(clock.now - start >= .seconds(1))
    }

    @Test func endlessRefusalsCarryWhatTheServerAsked() async throws {
        let run = try await Self.run { _ in
            [.http(503, "busy", headers: [("Retry-After", "0")])]
        }
        #expect(run.error?.code == .serverError && run.error?.retryAfter == .zero && run.error?.httpStatus == 503)
        #expect(run.requests == 4)
    }

    @Test func serverErrorsAreTriedAgain() async throws {
        let run = try await Self.run {
            $0.number < 3 ? [.http(500 + $0.number * 2, "oops")] : [.http(200, Self.list(["a"]))]
        }
        #expect(run.names == ["a"] && run.requests == 4)
        let never = try await Self.run { _ in [.http(501, "no")] }
        #expect(never.error?.code == .serverError && never.requests == 1)
    }

    @Test func anExpiredListGoesOnWithTheTokenOfTheStatus() async throws {
        let run = try await Self.run { request in
            switch request.query("continue") {
            case nil: [.http(200, Self.list(["a", "b"], next: "one"))]
            case "one": [.http(410, Self.status(410, "Expired", next: "two"))]
            default: [.http(200, Self.list(["c"]))]
            }
        }
        #expect(run.names == ["a", "b", "c"] && run.requests == 3)
        #expect(run.result?.inconsistent == true && run.result?.restarted == false && run.result?.itemCount == 3)
    }

    @Test func anExpiredListBeginsAgainOnce() async throws {
        let script: FakeServer.Script = { request in
            switch (request.number, request.query("continue")) {
            case (_, nil): [.http(200, Self.list(["a", "b"], next: "n\(request.number)"))]
            case (1, _): [.http(410, Self.status(410, "Expired"))]
            default: [.http(200, Self.list(["c"]))]
            }
        }
        let run = try await Self.run(script, restarts: true)
        #expect(run.names == ["a", "b", "c"])
        #expect(run.result?.restarted == true && run.result?.itemCount == 3 && run.result?.pages == 2)
        // Who cannot drop what came gets an error, not the same objects twice.
        let without = try await Self.run(script)
        #expect(without.names == ["a", "b"] && without.error?.code == .gone)
    }

    @Test func aListThatKeepsExpiringEnds() async throws {
        let run = try await Self.run(
            { request in
                request.query("continue") == nil
                    ? [.http(200, Self.list(["a"], next: "next"))] : [.http(410, Self.status(410, "Expired"))]
            }, restarts: true)
        #expect(run.error?.code == .gone && run.requests == 4 && run.names == ["a"])
    }

    @Test func aListThatRepeatsItselfEnds() async throws {
        let run = try await Self.run { _ in [.http(200, Self.list(["a"], next: "same"))] }
        #expect(run.error?.code == .badResponse && run.requests == 2)
        let expiry = try await Self.run { request in
            request.query("continue") == nil
                ? [.http(200, Self.list(["a"], next: "x"))] : [.http(410, Self.status(410, "Expired", next: "x"))]
        }
        #expect(expiry.error?.code == .badResponse)
    }

    @Test(arguments: [
        #"{"kind":"PodList","items":[{"a":1},{"b""#, "", "<html>login</html>", #"{"kind":"Status","status":"Success"}"#,
        #"[1,2]"#, #"{"kind":"PodList","items":[]} trailing"#,
    ])
    func anAnswerThatIsNoListIsBad(_ body: String) async throws {
        let run = try await Self.run { _ in [.http(200, body)] }
        #expect(run.error?.code == .badResponse, "\(String(describing: run.error))")
    }

    @Test func anOversizedItemCostsOnlyItself() async throws {
        let big =
            #"{"metadata":{"annotations":{"x":"{\"metadata\":{\"name\":\"no\"}}"},"name":"big","namespace":"ns"},"data":""#
            + String(repeating: "x", count: 5000) + #""}"#
        let run = try await Self.run(
            { _ in
                [
                    .http(
                        200,
                        #"{"kind":"PodList","apiVersion":"v1","items":[\#(Self.object("a")),\#(big),\#(Self.object("b"))]}"#
                    )
                ]
            }, options: ListOptions(maxItemBytes: 1000))
        #expect(run.names == ["a", "b"] && run.result?.itemCount == 2 && run.result?.oversizedCount == 1)
        let item = run.result?.oversized.first
        #expect(item?.index == 1 && item?.name == "big" && item?.namespace == "ns" && item?.byteCount == big.utf8.count)
    }

    @Test func aServerThatIgnoresTheLimitIsCutOff() async throws {
        let run = try await Self.run(
            { _ in [.http(200, Self.list((0..<50).map { "p\($0)" }))] }, options: ListOptions(limit: 10, maxItems: 20))
        #expect(run.names.count == 20 && run.result?.isCutOff == true && run.result?.kind == "Pod")
    }

    @Test func aSlowReaderIsNotASilentServer() async throws {
        try await FakeServer.serving({ _ in [.http(200, Self.list(["a", "b"]))] }) { server in
            try await server.withClient(readTimeout: .seconds(2)) { client in
                var count = 0
                _ = try await client.list(Self.pods) { _ in
                    count += 1
                    if count == 1 { try await Task.sleep(for: .milliseconds(2500)) }
                }
                #expect(count == 2)
            }
        }
    }

    @Test func errorsOfTheCallerGoThrough() async throws {
        struct Mine: Error {}
        try await FakeServer.serving({ _ in [.http(200, Self.list(["a", "b"]))] }) { server in
            try await server.withClient { client in
                await #expect(throws: Mine.self) { try await client.list(Self.pods) { _ in throw Mine() } }
                // A JSON error of the caller's own is not the server's fault.
                await #expect(throws: JSONError.self) {
                    try await client.list(Self.pods) { _ in _ = try JSONValue(parsing: Array("{".utf8)) }
                }
            }
        }
    }

    @Test(arguments: [false, true])
    func cancellationIsPrompt(midway: Bool) async throws {
        let script: FakeServer.Script = { _ in
            midway ? [.chunkedHead, .chunk(#"{"kind":"PodList","items":["#), .hang] : [.hang]
        }
        try await FakeServer.serving(script) { server in
            try await server.withClient(readTimeout: .seconds(30)) { client in
                let task = Task { try await client.list(Self.pods) { _ in } }
                try await Task.sleep(for: .milliseconds(150))
                let start = ContinuousClock.now
                task.cancel()
                let error = await #expect(throws: KubernetesError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                #expect(
                    ContinuousClock.now - start < .seconds(15), "without cancellation it would take the read timeout")
            }
        }
    }
}
