import KubernetesClient
import Synchronization
import Testing

/// How a client behaves towards a server that answers late.
@Suite(.timeLimit(.minutes(1)))
struct LatencyTests {
    private static let pods = APIResource(
        group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true, verbs: ["get", "list"])
    private static let object = #"{"kind":"Pod","metadata":{"name":"a"}}"#

    private static func get(_ client: KubernetesClient, _ name: String) async throws {
        _ = try await client.get(pods, namespace: "ns", name: name)
    }

    /// Counts who waits for an answer.
    private final class Crowd: Sendable {
        private let state = Mutex((now: 0, most: 0))

        /// The most at once since it was last asked.
        func takeMost() -> Int {
            state.withLock { state in
                defer { state.most = state.now }
                return state.most
            }
        }

        func add(_ number: Int) {
            state.withLock { state in
                state.now += number
                state.most = max(state.most, state.now)
            }
        }
    }

    private static func getMany(_ client: KubernetesClient, _ count: Int, _ crowd: Crowd) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count { group.addTask { try await get(client, "n\(number)") } }
            try await group.waitForAll()
        }
    }

    /// It does one thing at a time, and is quick as long as it gets no more.
    @Test func fewerAreUnderWayWhenTheServerGetsSlow() async throws {
        let crowd = Crowd()
        let milliseconds = Mutex<Int64>(2)
        /// When it has done what it was asked so far.
        let free = Mutex(ContinuousClock.now)
        try await FakeServer.serving({ _ in
            crowd.add(1)
            let pause = free.withLock { free in
                free = max(free, .now) + .milliseconds(milliseconds.withLock { $0 })
                return free - .now
            }
            return [.pause(milliseconds: pause.milliseconds), .call { crowd.add(-1) }, .http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                for number in 0..<8 { try await Self.get(client, "first\(number)") }
                try await Self.getMany(client, 64, crowd)
                #expect(crowd.takeMost() == 8)
                #expect(client.usage.lowestConcurrency == 8)
                milliseconds.withLock { $0 = 100 }
                try await Self.getMany(client, 60, crowd)
                _ = crowd.takeMost()
                try await Self.getMany(client, 20, crowd)
                #expect(crowd.takeMost() <= 6)
                #expect((1...4).contains(client.usage.lowestConcurrency))
                milliseconds.withLock { $0 = 2 }
                try await Self.getMany(client, 120, crowd)
                _ = crowd.takeMost()
                try await Self.getMany(client, 64, crowd)
                #expect(crowd.takeMost() == 8)
            }
        }
    }

    /// Logs that have begun and never end keep nobody waiting who may wait for a first byte.
    @Test func whatHasBegunDoesNotCount() async throws {
        let crowd = Crowd()
        let isSlow = Mutex(false)
        try await FakeServer.serving({ request in
            if request.path.hasSuffix("/log") {
                return [FakeStep.chunkedHead, .chunk("a line\n"), .hang]
            }
            guard isSlow.withLock({ $0 }) else { return [.http(200, Self.object)] }
            return [.pause(milliseconds: 300), .http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                for number in 0..<20 { try await Self.get(client, "first\(number)") }
                isSlow.withLock { $0 = true }
                while client.usage.lowestConcurrency > 1 { try await Self.getMany(client, 8, crowd) }
                let start = ContinuousClock.now
                let begun = Crowd()
                let logs = (0..<6).map { number in
                    Task {
                        try await client.log(namespace: "ns", pod: "p\(number)") { _ in begun.add(1) }
                    }
                }
                while begun.takeMost() < 6 { try await Task.sleep(for: .milliseconds(2)) }
                try await Self.get(client, "other")
                #expect(ContinuousClock.now - start < .seconds(4))
                for log in logs {
                    log.cancel()
                    _ = await log.result
                }
            }
        }
    }

    /// Of an extension server, whose group the API server passes on.
    private static let metrics = APIResource(
        group: "metrics.k8s.io", version: "v1beta1", resource: "pods", kind: "PodMetrics", namespaced: true,
        verbs: ["get", "list"])

    /// With one at a time, one that hangs behind the server (a kubelet, an extension server) would hold up all others for as long as
    /// it is waited for.
    @Test(arguments: [true, false])
    func oneThatHangsHoldsUpTheNextForFiveSeconds(isKubelet: Bool) async throws {
        let crowd = Crowd()
        let isSlow = Mutex(false)
        try await FakeServer.serving({ request in
            if request.path.hasSuffix("/log") || request.path.hasPrefix("/apis/metrics.k8s.io/") { return [.hang] }
            guard isSlow.withLock({ $0 }) else { return [.http(200, Self.object)] }
            return [.pause(milliseconds: 300), .http(200, Self.object)]
        }) { server in
            try await server.withClient { client in
                for number in 0..<20 { try await Self.get(client, "first\(number)") }
                isSlow.withLock { $0 = true }
                while client.usage.lowestConcurrency > 1 { try await Self.getMany(client, 8, crowd) }
                let before = server.requests.count
                let hanging = (0..<2).map { number in
                    Task {
                        guard isKubelet else {
                            _ = try await client.get(Self.metrics, namespace: "ns", name: "p\(number)")
                            return
                        }
                        _ = try await client.log(namespace: "ns", pod: "p\(number)") { _ in }
                    }
                }
                while server.requests.count == before { try await Task.sleep(for: .milliseconds(2)) }
                // The other one may have to wait first. The server is given up after 20 seconds only.
                let start = ContinuousClock.now
                try await Self.get(client, "other")
                #expect(ContinuousClock.now - start < .seconds(16))
                for one in hanging {
                    one.cancel()
                    _ = await one.result
                }
            }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
