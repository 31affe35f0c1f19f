import KubernetesClient
import NIOHTTP1
import Synchronization
import Testing

/// How a client behaves towards a server that is under load.
@Suite(.timeLimit(.minutes(1)))
struct MannersTests {
    private static let pods = APIResource(
        group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true, verbs: ["get", "list"])
    private static let object = #"{"kind":"Pod","metadata":{"name":"a"}}"#

    private static func get(_ client: KubernetesClient, _ name: String) async throws {
        _ = try await client.get(pods, namespace: "ns", name: name)
    }

    /// One request is told to wait; those that have not been sent yet wait as well.
    @Test func whereOneIsToldToWaitAllDo() async throws {
        try await FakeServer.serving({ request in
            request.number == 0
                ? [.http(429, "later", headers: [("Retry-After", "1")])] : [.http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                let clock = ContinuousClock()
                let start = clock.now
                let first = Task { try await Self.get(client, "first") }
                while client.usage.throttled == 0 { try await Task.sleep(for: .milliseconds(2)) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<5 { group.addTask { try await Self.get(client, "n\(number)") } }
                    try await group.waitForAll()
                }
                #expect(clock.now - start >= .seconds(1))
                try await first.value
                #expect(client.usage.requests == 7)
                #expect(client.usage.retries == 1)
                #expect(client.usage.throttled == 1)
            }
        }
    }

    /// What a kubelet or an extension server wants is not what the API server wants.
    @Test(arguments: [
        "/api/v1/namespaces/ns/pods/a/log", "/api/v1/nodes/n/proxy/stats/summary",
        "/apis/metrics.k8s.io/v1beta1/pods",
    ])
    func whoIsToldByAnotherWaitsAlone(path: String) async throws {
        try await FakeServer.serving({ request in
            request.path == path
                ? [.http(429, "later", headers: [("Retry-After", "60")])] : [.http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                let first = Task { try await client.get(path: path, maxBytes: 1_000) }
                while client.usage.throttled == 0 { try await Task.sleep(for: .milliseconds(2)) }
                let start = ContinuousClock.now
                try await Self.get(client, "other")
                #expect(ContinuousClock.now - start < .seconds(5))
                first.cancel()
                let error = await #expect(throws: KubernetesError.self) { _ = try await first.value }
                #expect(error?.code == .cancelled && error?.httpStatus == 429)
            }
        }
    }

    /// A refusal for longer than is waited for is obeyed by the others none the less, for a while.
    @Test func nobodyGoesRightAfterARefusalForLong() async throws {
        try await FakeServer.serving({ request in
            request.number == 0
                ? [.http(429, "later", headers: [("Retry-After", "3600")])] : [.http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                await #expect(throws: KubernetesError.self) { try await Self.get(client, "a") }
                let next = Task { try await Self.get(client, "b") }
                try await Task.sleep(for: .milliseconds(300))
                next.cancel()
                let error = await #expect(throws: KubernetesError.self) { try await next.value }
                #expect(error?.code == .cancelled && error?.httpStatus == 429)
                #expect(server.requests.count == 1)
            }
        }
    }

    /// One a second, of 20 that wait 18 give up: who is last of those that stay is not kept waiting for their turns.
    @Test func whoGivesUpLeavesItsTurnToOthers() async throws {
        try await FakeServer.serving({ _ in [.http(200, Self.object)] }) { server in
            var options = ClientOptions(maxConnections: 32)
            options.maxRequestsPerSecond = 1
            let client = try KubernetesClient(access: ClusterAccess(server: server.url), options: options)
            try await Self.get(client, "first")
            let others = (0..<19).map { number in Task { try await Self.get(client, "n\(number)") } }
            try await Task.sleep(for: .milliseconds(50))
            let start = ContinuousClock.now
            for other in others.dropLast() { other.cancel() }
            for other in others { _ = await other.result }
            try await Self.get(client, "last")
            #expect(ContinuousClock.now - start < .seconds(6))
            #expect(client.usage.requests <= 4)
            await client.shutdown()
        }
    }

    /// An extension server that wants no requests for a minute, and one that never answers: the rest is known soon.
    @Test func extensionsDoNotHoldUpDiscovery() async throws {
        let refusals = Atomic(0)
        let groups = ["later.example", "silent.example", "fine.example", "apps"].map {
            #"{"name":"\#($0)","versions":[{"groupVersion":"\#($0)/v1","version":"v1"}],"#
                + #""preferredVersion":{"groupVersion":"\#($0)/v1","version":"v1"}}"#
        }
        @Sendable func resources(_ groupVersion: String) -> String {
            #"{"kind":"APIResourceList","groupVersion":"\#(groupVersion)","resources":[{"name":"things","kind":"Thing","#
                + #""namespaced":true,"verbs":["list"]}]}"#
        }
        try await FakeServer.serving({ request in
            switch request.path {
            case "/api": [.http(200, #"{"kind":"APIVersions","versions":["v1"]}"#)]
            case "/apis": [.http(200, #"{"kind":"APIGroupList","groups":[\#(groups.joined(separator: ","))]}"#)]
            case "/api/v1": [.http(200, resources("v1"))]
            case "/apis/fine.example/v1": [.http(200, resources("fine.example/v1"))]
            case "/apis/silent.example/v1": [.hang]
            // The server's own group is waited for, as for any request.
            case "/apis/apps/v1":
                refusals.add(1, ordering: .relaxed).oldValue == 0
                    ? [.http(429, "later", headers: [("Retry-After", "1")])] : [.http(200, resources("apps/v1"))]
            default: [.http(429, "later", headers: [("Retry-After", "60")])]
            }
        }) { server in
            try await server.withClient { client in
                let start = ContinuousClock.now
                let discovery = try await client.discover()
                #expect(ContinuousClock.now - start < .seconds(14))
                #expect(discovery.resources.map(\.groupVersion).sorted() == ["apps/v1", "fine.example/v1", "v1"])
                let failures = Dictionary(
                    uniqueKeysWithValues: discovery.failures.map { ($0.groupVersion, $0.error.code) })
                #expect(failures == ["later.example/v1": .tooManyRequests, "silent.example/v1": .timeout])
            }
        }
    }

    /// Without the core group nothing can be had: why it was not, is said.
    @Test func theCoreGroupIsNotDoneWithout() async throws {
        try await FakeServer.serving({ request in
            switch request.path {
            case "/api": [.http(200, #"{"kind":"APIVersions","versions":["v1"]}"#)]
            case "/apis": [.http(200, #"{"kind":"APIGroupList","groups":[]}"#)]
            default: [.http(403, "no")]
            }
        }) { server in
            try await server.withClient { client in
                let error = await #expect(throws: KubernetesError.self) { _ = try await client.discover() }
                #expect(error?.code == .forbidden)
            }
        }
    }

    @Test func manyRefusalsForNowAreOutlasted() async throws {
        try await FakeServer.serving({ request in
            request.number < 8 ? [.http(429, "later", headers: [("Retry-After", "0")])] : [.http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                try await Self.get(client, "a")
                #expect(client.usage.throttled == 8)
            }
        }
    }

    /// Longer than anybody would wait: said at once, with how long it was.
    @Test func anHourIsNotWaitedFor() async throws {
        try await FakeServer.serving({ _ in [.http(429, "later", headers: [("Retry-After", "3600")])] }) { server in
            try await server.withClient { client in
                let error = await #expect(throws: KubernetesError.self) { try await Self.get(client, "a") }
                #expect(error?.code == .tooManyRequests && error?.retryAfter == .seconds(3_600))
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func waitingEndsWhenTheTaskDoes() async throws {
        try await FakeServer.serving({ _ in [.http(429, "later", headers: [("Retry-After", "60")])] }) { server in
            try await server.withClient { client in
                let tasks = (0..<3).map { number in Task { try await Self.get(client, "n\(number)") } }
                while client.usage.throttled == 0 { try await Task.sleep(for: .milliseconds(2)) }
                for task in tasks { task.cancel() }
                for task in tasks {
                    let error = await #expect(throws: KubernetesError.self) { try await task.value }
                    #expect(error?.code == .cancelled)
                }
            }
        }
    }

    /// 20 a second: the last of 11 goes out half a second after the first, whatever the number of connections.
    @Test func aCeilingIsKept() async throws {
        try await FakeServer.serving({ _ in [.http(200, Self.object)] }) { server in
            var options = ClientOptions(maxConnections: 8)
            options.maxRequestsPerSecond = 20
            let client = try KubernetesClient(access: ClusterAccess(server: server.url), options: options)
            let clock = ContinuousClock()
            let start = clock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<11 { group.addTask { try await Self.get(client, "n\(number)") } }
                try await group.waitForAll()
            }
            #expect(clock.now - start >= .milliseconds(500))
            #expect(client.usage.requests == 11)
            #expect(client.usage.receivedBytes == UInt64(11 * Self.object.utf8.count))
            await client.shutdown()
        }
    }
}
