import KubernetesClient
import NIOHTTP1
import Synchronization
import Testing

/// Services in pods, asked through an API server: what only a server that lies, breaks off or floods can show.
@Suite("Services in pods")
struct PodTests {
    static let path = "/api/v1/namespaces/prod/pods/web%3A8080/proxy/health"
    static let pod = "/api/v1/namespaces/prod/pods/web"
    static let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    /// What came for a question.
    struct Got: Sendable {
        var answer: PodAnswer?
        var body: [UInt8] = []
        var heads = 0
        /// How often it was said that it is about to be sent.
        var sent = 0
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    static func ask(
        _ client: KubernetesClient, _ change: (inout PodQuestion) -> Void = { _ in }, limit: Int = .max
    ) async throws -> Got {
        var question = PodQuestion(namespace: "prod", pod: "web", port: 8080, path: "/health")
        change(&question)
        var got = Got()
        try await client.ask(question) { answer in
            got.answer = answer
            got.heads += 1
        } chunk: { bytes in
            got.body += bytes
            if got.body.count > limit { throw Enough() }
        } asking: {
            got.sent += 1
        }
        return got
    }

    struct Enough: Error {}

    static func status(_ code: Int, _ reason: String, _ message: String) -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\#(message)","reason":"\#(reason)","code":\#(code)}"#
    }

    static func forbidden(_ what: String = "\\\"pods/proxy\\\"") -> String {
        status(403, "Forbidden", "pods \\\"web:8080\\\" is forbidden: User \\\"me\\\" cannot get resource \(what)")
    }

    static func reviewed(_ allowed: Bool) -> FakeStep {
        .http(201, #"{"kind":"SelfSubjectAccessReview","status":{"allowed":\#(allowed)}}"#)
    }

    @Test("An answer comes byte for byte, with its head before it")
    func answer() async throws {
        try await FakeServer.serving { _ in
            [
                .text(
                    "HTTP/1.1 200 Fine\r\nX-One: 1\r\nset-cookie: a=b\r\nX-One: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                ),
                .chunk("a\0b"), .chunk("\r\n\u{1B}[2J"), .lastChunk,
            ]
        } _: { server in
            try await server.withClient { client in
                let got = try await Self.ask(client) {
                    $0.query = [.init("q", "up{job=\"a b\"}&x"), .init("é", "")]
                    $0.isTLS = true
                }
                #expect(got.text == "a\0b\r\n\u{1B}[2J")
                #expect(got.answer?.status == 200 && got.answer?.speaker == .service)
                #expect(got.answer?.headers.map(\.name) == ["X-One", "set-cookie", "X-One", "Transfer-Encoding"])
                #expect(got.answer?.headers.map(\.value) == ["1", "a=b", "2", "chunked"])
            }
            let head = try #require(server.requests.first)
            #expect(
                head.uri
                    == "/api/v1/namespaces/prod/pods/https%3Aweb%3A8080/proxy/health?q=up%7Bjob%3D%22a%20b%22%7D%26x&%C3%A9="
            )
            #expect(head.headers["accept-encoding"] == ["identity"])
        }
    }

    @Test(
        "Any status is the service's answer, and none is tried again",
        arguments: [301, 401, 403, 404, 429, 500, 502, 503, 504])
    func statuses(_ code: Int) async throws {
        let body = #"{"error":"mine"}"#
        try await FakeServer.serving { _ in
            [.http(code, body, headers: [("Retry-After", "100"), ("Location", "http://169.254.169.254/")])]
        } _: { server in
            try await server.withClient { client in
                let got = try await Self.ask(client)
                #expect(got.answer?.status == code && got.text == body && got.answer?.speaker == .service)
                #expect(client.usage.requests == 1 && client.usage.throttled == 0 && client.usage.retries == 0)
                // Nobody has to wait because of it.
                _ = try await Self.ask(client)
                #expect(client.serverClock == nil)
            }
            #expect(server.requests.allSatisfy { $0.uri == Self.path } && server.requests.count == 2)
        }
    }

    @Test("The API server's own no is a refusal", arguments: [401, 403, 404])
    func refused(_ code: Int) async throws {
        try await FakeServer.serving { request in
            switch request.path {
            case Self.review where code == 401: [.http(401, Self.status(401, "Unauthorized", "Unauthorized"))]
            case Self.review: [Self.reviewed(false)]
            case Self.pod: [.http(404, Self.status(404, "NotFound", "pods not found"))]
            default:
                [
                    .http(
                        code,
                        code == 403
                            ? Self.forbidden() : Self.status(code, code == 401 ? "Unauthorized" : "NotFound", "no")
                    )
                ]
            }
        } _: { server in
            try await server.withClient { client in
                let error = await #expect(throws: KubernetesError.self) { _ = try await Self.ask(client) }
                #expect(error?.code == [401: .unauthorized, 403: .forbidden, 404: .notFound][code])
            }
        }
    }

    @Test("A service that answers exactly as the API server does is found out", arguments: [401, 403, 404])
    func imitated(_ code: Int) async throws {
        let body =
            code == 403
            ? Self.forbidden()
            : code == 401
                ? Self.status(401, "Unauthorized", "Unauthorized")
                : Self.status(404, "NotFound", "pods \\\"web\\\" not found")
        try await FakeServer.serving { request in
            switch request.path {
            case Self.review: [Self.reviewed(true)]
            case Self.pod: [.http(200, #"{"kind":"Pod"}"#)]
            default: [.http(code, body)]
            }
        } _: { server in
            try await server.withClient { client in
                let got = try await Self.ask(client)
                #expect(got.answer?.speaker == .service && got.text == body && got.heads == 1)
                // Each request that the service may have seen was told of before.
                #expect(got.sent == server.requests.count { $0.uri == Self.path } && got.sent == (code == 401 ? 2 : 1))
            }
            #expect(server.requests.count == (code == 401 ? 4 : 2))
        }
    }

    @Test(
        "What nothing tells apart is said to be so",
        arguments: [
            (
                500,
                status(500, "", "error trying to reach service: dial tcp 10.0.0.1:8080: connect: connection refused")
            ),
            (503, status(503, "ServiceUnavailable", "error trying to reach service: EOF")),
            (403, status(403, "Forbidden", "admission webhook \\\"x\\\" denied the request")),
            (400, status(400, "BadRequest", "address not allowed")),
            (429, "Too many requests, please try again later.\n"),
        ])
    func unknown(_ code: Int, _ body: String) async throws {
        try await FakeServer.serving { request in
            request.path == Self.review
                ? [Self.reviewed(true)] : [.http(code, body)]
        } _: { server in
            try await server.withClient { client in
                let got = try await Self.ask(client)
                guard case .likelyAPIServer(let words)? = got.answer?.speaker else {
                    Issue.record("\(String(describing: got.answer))")
                    return
                }
                #expect(!words.isEmpty && !words.contains("\n") && got.text == body)
            }
        }
    }

    /// As many at once as there are connections, each of which needs one more to be judged.
    @Test("To judge an answer takes no connection that an answer holds")
    func noDeadlock() async throws {
        try await FakeServer.serving { request in
            request.path == Self.review
                ? [Self.reviewed(true)] : [.pause(milliseconds: 50), .http(403, Self.forbidden())]
        } _: { server in
            try await server.withClient(maxConnections: 2) { client in
                try await withThrowingTaskGroup(of: Got.self) { group in
                    for _ in 0..<8 { group.addTask { try await Self.ask(client) } }
                    for try await got in group { #expect(got.answer?.speaker == .service) }
                }
            }
        }
    }

    @Test("An endless answer is taken no faster than it is wanted, and ends with the caller's error")
    func endless() async throws {
        let bytes = [UInt8](repeating: 0x61, count: 1 << 16)
        try await FakeServer.serving { _ in
            [.text("HTTP/1.1 500 No\r\nContent-Type: text/plain\r\n\r\n"), .endless(bytes)]
        } _: { server in
            try await server.withClient { client in
                _ = await #expect(throws: Enough.self) { _ = try await Self.ask(client, limit: 1 << 20) }
            }
            #expect(server.endlessBytes < 64 << 20)
        }
    }

    @Test(
        "What is no HTTP, or breaks off, is an error",
        arguments: [
            ([FakeStep.text("garbage\r\n\r\n")], KubernetesError.Code.badResponse),
            ([.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close], .connectionLost),
            ([.text("HTTP/1.1 200 OK\r\n" + "X: " + String(repeating: "a", count: 200_000)), .hang], .badResponse),
            ([.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .hang], .timeout),
            (
                [.text("HTTP/1.1 503 No\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"), .hang],
                .timeout
            ),
            ([.hang], .timeout),
        ])
    func broken(_ steps: [FakeStep], _ code: KubernetesError.Code) async throws {
        try await FakeServer.serving { _ in
            steps
        } _: { server in
            try await server.withClient(readTimeout: .milliseconds(300)) { client in
                let heads = Mutex(0)
                let error = await #expect(throws: KubernetesError.self) {
                    try await client.ask(PodQuestion(namespace: "prod", pod: "web", port: 1, path: "/")) { _ in
                        heads.withLock { $0 += 1 }
                    } chunk: { _ in
                    }
                }
                #expect(error?.code == code)
                if case .send(let bytes) = steps[0], String(decoding: bytes, as: UTF8.self).contains("10\r\n\r\n") {
                    #expect(heads.withLock { $0 } == 1, "what came until then was handed out")
                }
            }
        }
    }

    @Test(
        "What is no path is not sent",
        arguments: [
            "", "health", "/a/../b", "/a//b", "/%2e%2e/x", "/a?b=c", "/a#b", "/a b", "/%zz", "/%4", "/é", "//host/x",
        ])
    func paths(_ path: String) async throws {
        try await FakeServer.serving { _ in
            [.http(200, "")]
        } _: { server in
            try await server.withClient { client in
                let error = await #expect(throws: KubernetesError.self) {
                    _ = try await Self.ask(client) { $0.path = path }
                }
                #expect(error?.code == .badArgument)
            }
            #expect(server.requests.isEmpty)
        }
        #expect(PodQuestion.isPath("/a%20b/-/c.d/") && PodQuestion.isPath("/"))
    }
}
