import Inspection
import OfflineServer
import StructuredText
import Testing

struct WatchTests {
    private static func api() async throws -> ClusterAPI {
        var bundle = ClusterBundle()
        bundle.add(
            "pods", "prod",
            [TestObject.pod("prod", "a", labels: ["app": "x"]), TestObject.pod("prod", "b", version: 9)])
        return try await bundle.api()
    }

    private func events(
        _ query: [(String, String)], path: String = "api/v1/namespaces/prod/pods", accept: String? = nil
    ) async throws -> [JSONValue] {
        let watch = path.contains("/watch/") ? query : [("watch", "true")] + query
        let text = try await Self.api().ask(path, watch, accept: accept).text()
        return try text.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) }
    }

    private func names(_ events: [JSONValue]) -> [String] {
        events.compactMap { event in
            guard let type = event["type"]?.string else { return nil }
            return type + " " + (event["object"]?["metadata"]?["name"]?.string ?? "-")
        }
    }

    @Test(arguments: ["", "0"])
    func whoHasNothingGetsAll(version: String) async throws {
        let events = try await events([("resourceVersion", version)])
        #expect(names(events) == ["ADDED a", "ADDED b"])
        #expect(events[0]["object"]?["kind"]?.string == "Pod")
    }

    @Test(arguments: ["9", "7", "1234"])
    func whoHasTheListGetsNothing(version: String) async throws {
        #expect(try await events([("resourceVersion", version)]).isEmpty)
    }

    @Test func whatIsSelectedIsWatched() async throws {
        #expect(names(try await events([("labelSelector", "app=x")])) == ["ADDED a"])
        #expect(names(try await events([("fieldSelector", "metadata.name=b")])) == ["ADDED b"])
    }

    @Test func pathsOfOldClientsAreWatched() async throws {
        #expect(names(try await events([], path: "api/v1/watch/namespaces/prod/pods")) == ["ADDED a", "ADDED b"])
        #expect(names(try await events([], path: "api/v1/watch/namespaces/prod/pods/b")) == ["ADDED b"])
    }

    @Test func theEndOfWhatWasThereIsMarked() async throws {
        let events = try await events([
            ("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan"), ("allowWatchBookmarks", "true"),
        ])
        #expect(names(events) == ["ADDED a", "ADDED b", "BOOKMARK -", "BOOKMARK -"])
        let metadata = events[2]["object"]?["metadata"]
        #expect(metadata?["annotations"]?["k8s.io/initial-events-end"]?.string == "true")
        #expect(metadata?["resourceVersion"]?.string == "9")
        #expect(events[2]["object"]?["kind"]?.string == "Pod")
    }

    @Test func initialEventsNeedTheirMatch() async throws {
        let status = try await Self.api().json("api/v1/pods", [("watch", "1"), ("sendInitialEvents", "true")])
        #expect(status["code"]?.int == 422)
        #expect(status["reason"]?.string == "Invalid")
    }

    @Test func columnsAreToldOnce() async throws {
        let events = try await events([], accept: "application/json;as=Table;g=meta.k8s.io;v=v1")
        #expect(events.map { $0["object"]?["kind"]?.string } == ["Table", "Table"])
        #expect(events[0]["object"]?["columnDefinitions"]?.array != nil)
        #expect(events[1]["object"]?["columnDefinitions"]?.isNull == true)
        #expect(events[1]["object"]?["rows"]?[0]?["object"]?["metadata"]?["name"]?.string == "b")
    }

    @Test func itWaitsAsLongAsItWasAskedTo() async throws {
        let response = try await Self.api().ask(
            "api/v1/namespaces/prod/pods", [("watch", "1"), ("timeoutSeconds", "77"), ("resourceVersion", "9")])
        guard case .stream(let stream) = response.body else {
            Issue.record("a watch is streamed")
            return
        }
        let waiter = Waiter()
        try await stream(waiter)
        #expect(waiter.seconds.value > 70 && waiter.seconds.value <= 77)
    }
}

private final class Waiter: ResponseWriter {
    let seconds = Tally()

    func write(_ bytes: [UInt8]) async throws {}

    func waitForEnd(atMost time: Duration) async throws {
        for _ in 0..<Int(time.components.seconds + 1) { seconds.add() }
    }
}
