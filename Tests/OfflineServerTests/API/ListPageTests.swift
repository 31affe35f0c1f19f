import Inspection
import OfflineServer
import StructuredText
import TestSupport
import Testing

struct ListPageTests {
    /// Names whose order in the store is not that of namespaces and names by themselves.
    private static func pods(_ count: Int, seed: UInt64) -> [String: [JSONValue]] {
        var random = SeededGenerator(seed: seed)
        let namespaces = ["a", "a-b", "a0", "a.b", "b"]
        var pods: [String: [JSONValue]] = [:]
        for number in 0..<count {
            let namespace = namespaces[random.next(namespaces.count)]
            let name = ["x", "x-1", "x.1", "y"][random.next(4)] + "\(number)"
            let labels = ["n": "\(random.next(3))"]
            pods[namespace, default: []].append(TestObject.pod(namespace, name, labels: labels))
        }
        return pods
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func pagesTogetherAreTheList(limit: Int) async throws {
        var bundle = ClusterBundle()
        bundle.targets = ["cluster"]
        for (namespace, pods) in Self.pods(24, seed: UInt64(limit)) { bundle.add("pods", namespace, pods) }
        let api = try await bundle.api()
        for selector in ["", "n=1", "n in (0, 2)", "missing"] {
            let query = selector.isEmpty ? [] : [("labelSelector", selector)]
            let whole = try await api.names("api/v1/pods", query)
            #expect(whole == whole.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            var paged: [String] = []
            var token: String?
            repeat {
                let more = [("limit", "\(limit)")] + (token.map { [("continue", $0)] } ?? [])
                let page = try await api.json("api/v1/pods", query + more)
                paged += page.names
                #expect(page.names.count <= limit)
                token = page["metadata"]?["continue"]?.string
                let remaining = page["metadata"]?["remainingItemCount"]?.int
                if selector.isEmpty, token != nil { #expect(remaining == whole.count - paged.count) }
                if !selector.isEmpty { #expect(remaining == nil) }
            } while token != nil
            #expect(paged == whole)
        }
    }

    @Test func aTokenOfAnotherListIsNone() async throws {
        var bundle = ClusterBundle()
        bundle.targets = ["cluster"]
        bundle.add("pods", "a", [TestObject.pod("a", "x"), TestObject.pod("a", "y")])
        bundle.add("pods", "b", [TestObject.pod("b", "x")])
        bundle.add("services", "a", [TestObject.make("v1", "Service", "a", "x")])
        let api = try await bundle.api()
        let token = try await api.json("api/v1/namespaces/a/pods", [("limit", "1")])["metadata"]?["continue"]?.string
        for path in ["api/v1/namespaces/b/pods", "api/v1/services"] {
            let status = try await api.json(path, [("continue", token ?? "")])
            #expect(status["code"]?.int == 400)
        }
        #expect(try await api.names("api/v1/pods", [("continue", token ?? "")]) == ["a/y", "b/x"])
    }

    @Test func aListIsReadInPagesAndWrittenWhole() async throws {
        var bundle = ClusterBundle()
        bundle.targets = ["cluster"]
        bundle.add("pods", "a", (0..<1_203).map { TestObject.pod("a", "p\($0)") })
        let response = try await bundle.api().ask("api/v1/pods")
        guard case .stream(let stream) = response.body else {
            Issue.record("a list is streamed")
            return
        }
        let pieces = PieceCounter()
        try await stream(pieces)
        #expect(pieces.count > 3)
        #expect(try JSONValue(parsing: pieces.bytes).names.count == 1_203)
    }
}

/// Counts what is written.
private final class PieceCounter: ResponseWriter {
    private let collector = AnswerCollector()
    private let tally = Tally()

    var count: Int { tally.value }
    var bytes: [UInt8] { collector.bytes }

    func write(_ bytes: [UInt8]) async throws {
        tally.add()
        try await collector.write(bytes)
    }

    func waitForEnd(atMost time: Duration) async throws {}
}
