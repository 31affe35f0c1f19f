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
