import KubernetesClient
import NIOHTTP1
import Synchronization
import Testing

/// Requests, refusals, logs and limits.
@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
    private static func get(
        _ script: @escaping FakeServer.Script,
        _ change: (inout ClusterAccess) -> Void = { _ in }
    ) async throws -> (bytes: [UInt8]?, error: KubernetesError?, requests: [HTTPRequestHead]) {
        try await FakeServer.serving(script) { server in
            try await server.withClient(change) { client in
                do {
                    return (try await client.get(path: "/x", maxBytes: 1000), nil, server.requests)
                } catch let error as KubernetesError {
                    return (nil, error, server.requests)
                }
            }
        }
    }

    @Test func nobodyListens() async throws {
        let access = ClusterAccess(server: "http://127.0.0.1:1")
        let client = try KubernetesClient(access: access)
        let error = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(error?.code == .connectionRefused && error?.advice.isEmpty == false)
        let exec = await #expect(throws: KubernetesError.self) {
            try await client.exec(namespace: "a", pod: "b", argv: ["c"]) { _, _ in }
        }
        #expect(exec?.code == .connectionRefused)
        await client.shutdown()
        let after = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(after?.code == .cancelled)
    }

    @Test func aNameThatDoesNotResolve() async throws {
        let client = try KubernetesClient(access: ClusterAccess(server: "http://no-such-host.invalid:6443"))
        let error = await #expect(throws: KubernetesError.self) { try await client.version() }
        #expect(error?.code == .dnsFailed, "\(String(describing: error))")
        // Forgetting `shutdown` is not a crash.
    }

    @Test(arguments: [
        (401, KubernetesError.Code.unauthorized), (403, .forbidden), (404, .notFound), (409, .conflict), (410, .gone),
        (413, .tooLarge), (400, .badRequest), (422, .badRequest), (302, .badResponse), (501, .serverError),
    ])
    func everyRefusalHasItsCode(status: Int, code: KubernetesError.Code) async throws {
        let run = try await Self.get { _ in
            [
                .http(
                    status, #"{"kind":"Status","reason":"Some","message":"told\u001b[31m you"}"#,
                    headers: [("Location", "http://evil/")])
            ]
        }
        #expect(run.error?.code == code && run.error?.httpStatus == status && run.requests.count == 1)
        #expect(run.error?.reason == "told\u{FFFD}[31m you" && run.error?.statusReason == "Some")
    }

    @Test func endlessRefusalsAndAnswersAreCutOff() async throws {
        let endless = FakeStep.endless([UInt8](repeating: 0x61, count: 4096))
        let refused = try await Self.get { _ in
            [.text("HTTP/1.1 403 No\r\nContent-Length: 999999999999\r\n\r\n"), endless]
        }
        #expect(refused.error?.code == .forbidden)
        let large = try await Self.get { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"), endless]
        }
        #expect(large.error?.code == .tooLarge)
        let header = try await Self.get { _ in [.text("HTTP/1.1 200 OK\r\nX: "), endless] }
        #expect(header.error != nil && header.bytes == nil)
    }

    @Test func secretsDoNotGoOverPlainHTTP() async throws {
        let run = try await Self.get(
            { _ in [.http(200, "ok")] },
            {
                $0.token = "secret"
                $0.username = "me"
                $0.password = "pass"
            })
        #expect(run.bytes == Array("ok".utf8))
        #expect(
            run.requests[0].headers["authorization"].isEmpty && run.requests[0].headers["user-agent"] == ["exhibit"])
    }

    @Test func pathsAndQueriesArriveAsMeant() async throws {
        try await FakeServer.serving({ _ in [.http(200, #"{"kind":"XList","items":[]}"#)] }) { server in
            try await server.withClient({ $0.server += "/k8s/clusters/c-1/" }) { client in
                let roles = APIResource(
                    group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles", kind: "ClusterRole",
                    namespaced: false)
                _ = try await client.get(roles, namespace: nil, name: "system:a b&ü?#")
                _ = try await client.list(roles, labelSelector: "a in (b,c),d!=e", options: ListOptions(limit: nil)) {
                    _ in
                }
                for name in ["..", ".", "", "a/b", "a\u{0}", "a%2f"] {
                    let error = await #expect(throws: KubernetesError.self) {
                        try await client.get(roles, namespace: nil, name: name)
                    }
                    #expect(error?.code == .badArgument)
                }
                for path in ["x", "/a/../b", "/a?b", "/a b", "/%2e%2e/x", "/a#b", "/a\n"] {
                    let error = await #expect(throws: KubernetesError.self) {
                        try await client.get(path: path, maxBytes: 1)
                    }
                    #expect(error?.code == .badArgument)
                }
            }
            let base = "/k8s/clusters/c-1/apis/rbac.authorization.k8s.io/v1/clusterroles"
            #expect(
                server.requests.map(\.uri) == [
                    "\(base)/system%3Aa%20b%26%C3%BC%3F%23", "\(base)?labelSelector=a%20in%20%28b%2Cc%29%2Cd%21%3De",
                ])
        }
    }

    @Test func moreRequestsThanConnectionsWaitForTheirTurn() async throws {
        // Waiting for a turn is neither connecting nor silence.
        try await FakeServer.serving({ _ in [.pause(milliseconds: 300), .http(200, "ok")] }) { server in
            try await server.withClient(
                readTimeout: .seconds(20), connectTimeout: .milliseconds(500), maxConnections: 2
            ) { client in
                let count = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 { group.addTask { try await client.get(path: "/x", maxBytes: 10).count } }
                    var sum = 0
                    for try await bytes in group { sum += bytes }
                    return sum
                }
                #expect(count == 16)
                // One that waits for its turn can be cancelled, and takes no slot with it.
                let busy = (0..<2).map { _ in Task { try await client.get(path: "/x", maxBytes: 10) } }
                try await Task.sleep(for: .milliseconds(50))
                let waiting = Task { try await client.get(path: "/x", maxBytes: 10) }
                try await Task.sleep(for: .milliseconds(50))
                waiting.cancel()
                let error = await #expect(throws: KubernetesError.self) { try await waiting.value }
                #expect(error?.code == .cancelled)
                for task in busy { _ = try await task.value }
                let last = try await client.get(path: "/x", maxBytes: 10)
                #expect(last.count == 2)
            }
        }
    }

    @Test func anEndlessLogIsCutOffAndHeldBack() async throws {
        let script: FakeServer.Script = { _ in
            [
                .text("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"),
                .endless([UInt8](repeating: 0x61, count: 8192)),
            ]
        }
        try await FakeServer.serving(script) { server in
            try await server.withClient { client in
                var count = 0
                let result = try await client.log(
                    namespace: "ns", pod: "web",
                    options: LogOptions(
                        container: "app", previous: true, timestamps: true, sinceSeconds: 5,
                        sinceTime: "2026-01-01T00:00:00Z",
                        tailLines: 7, limitBytes: 100_000)
                ) { count += $0.count }
                #expect(count == 100_000 && result.byteCount == 100_000 && result.isCutOff)
                #expect(
                    server.requests[0].uri
                        == "/api/v1/namespaces/ns/pods/web/log?container=app&previous=true&timestamps=true"
                        + "&sinceSeconds=5&sinceTime=2026-01-01T00%3A00%3A00Z&tailLines=7&limitBytes=100000")
                struct Enough: Error {}
                let before = server.endlessBytes
                await #expect(throws: Enough.self) {
                    try await client.log(namespace: "ns", pod: "web") { _ in
                        try await Task.sleep(for: .milliseconds(500))
                        throw Enough()
                    }
                }
                #expect(server.endlessBytes - before < 24 << 20)
            }
        }
    }

    @Test func oneBrokenGroupCostsOnlyItself() async throws {
        let script: FakeServer.Script = { request in
            switch request.path {
            case "/api": [.http(200, #"{"kind":"APIVersions","versions":["v1"]}"#)]
            case "/apis":
                [
                    .http(
                        200,
                        #"{"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"version":"v1"}],"preferredVersion":"#
                            + #"{"version":"v1"}},{"name":"metrics.k8s.io","versions":[{"version":"v1beta1"}]},"#
                            + #"{"name":"..","versions":[{"version":"v1"}]}]}"#)
                ]
            case "/api/v1":
                [
                    .http(
                        200,
                        #"{"kind":"APIResourceList","resources":[{"name":"pods","kind":"Pod","namespaced":true,"verbs":["list"],"#
                            + #""shortNames":["po"]},{"name":"pods/log","kind":"Pod","namespaced":true}]}"#)
                ]
            case "/apis/apps/v1":
                [
                    .http(
                        200,
                        #"{"kind":"APIResourceList","resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]}"#
                    )
                ]
            default: [.http(503, "service unavailable", headers: [("Retry-After", "0")])]
            }
        }
        try await FakeServer.serving(script) { server in
            try await server.withClient { client in
                let discovery = try await client.discover()
                #expect(discovery.resources.map(\.qualifiedName) == ["pods", "deployments.apps"])
                #expect(discovery.resource(named: "po")?.subresources == ["log"])
                #expect(discovery.failures.map(\.groupVersion) == ["metrics.k8s.io/v1beta1"])
                #expect(discovery.failures.first?.error.code == .serverError)
            }
        }
    }

    @Test func aggregatedDiscoveryTakesTwoRequests() async throws {
        func list(_ items: String) -> String {
            #"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[\#(items)]}"#
        }
        let core = list(
            #"{"versions":[{"version":"v1","freshness":"Current","resources":[{"resource":"pods","responseKind":{"kind":"Pod"},"#
                + #""scope":"Namespaced","singularResource":"pod","verbs":["get","list"],"shortNames":["po"],"#
                + #""subresources":[{"subresource":"exec"}]},{"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster"}]}]}"#
        )
        let groups = list(
            #"{"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale","resources":[]}]}"#
        )
        try await FakeServer.serving({ request in
            switch request.path {
            case "/api": [.http(200, core)]
            case "/apis": [.http(200, groups)]
            default: [.http(404, "no")]
            }
        }) { server in
            try await server.withClient { client in
                let discovery = try await client.discover()
                #expect(discovery.resources.map(\.resource) == ["pods", "nodes"])
                #expect(discovery.resource(named: "pod")?.subresources == ["exec"])
                #expect(discovery.resource(named: "Node")?.namespaced == false)
                #expect(discovery.failures.map(\.groupVersion) == ["metrics.k8s.io/v1beta1"])
                #expect(server.requests.count == 3)
                #expect(server.requests[0].headers["accept"].first?.contains("apidiscovery.k8s.io") == true)
            }
        }
    }

    @Test func somethingElseThanAnAPIServerIsTold() async throws {
        try await FakeServer.serving({ _ in [.http(200, "<html>hello</html>")] }) { server in
            try await server.withClient { client in
                let version = await #expect(throws: KubernetesError.self) { try await client.version() }
                #expect(version?.code == .badResponse)
                let discovery = await #expect(throws: KubernetesError.self) { try await client.discover() }
                #expect(discovery?.code == .badResponse)
                let review = await #expect(throws: KubernetesError.self) {
                    try await client.accessReview(verb: "get", group: "", resource: "pods")
                }
                #expect(review?.code == .badResponse)
            }
        }
    }
}
