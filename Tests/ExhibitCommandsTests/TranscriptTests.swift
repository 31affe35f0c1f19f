import Foundation
import Testing

/// Kubernetes of versions that the test cluster is not of: **recorded**, see Transcripts/README.md.
@Suite(.needsBinary)
struct TranscriptTests {
    /// A capture of what was recorded. All that it asks for must be in the transcript, but for what was not asked for then.
    private static func capture(
        _ version: RecordedVersion, of suffix: String = "", _ arguments: [String], without collectors: [String],
        expecting codes: Set<Int32>, at location: SourceLocation = #_sourceLocation
    ) async throws -> Capture {
        let server = try TranscriptServer("kubernetes-\(version.name)\(suffix)")
        defer { server.stop() }
        let capture = try await Scratch.withFolder { folder in
            try await Capture.collect(
                arguments + ["-n", "exhibit-demo", "--touch", "none"] + collectors.flatMap { ["--without", $0] },
                kubeconfig: try server.kubeconfig(in: folder), expecting: codes, at: location)
        }
        let unanswered = server.unanswered.filter { request in !version.unasked.contains { request.contains($0) } }
        #expect(unanswered.isEmpty, sourceLocation: location)
        return capture
    }

    private static func namespace(_ version: RecordedVersion) async throws -> Capture {
        try await capture(version, [], without: version.without, expecting: [Exhibit.Code.sealedWithGaps])
    }

    /// The ledger, without the events of nodes where they were not asked for.
    private static func ledger(_ capture: Capture, _ version: RecordedVersion) throws -> [LedgerLine] {
        try capture.ledger().filter { version.unasked.isEmpty || $0.step != "list of nodes" }
    }

    @Test(arguments: RecordedVersion.whole)
    func ofANamespaceNothingFails(_ version: RecordedVersion) async throws {
        let capture = try await Self.namespace(version)
        // What was not had is of containers that do not run, and of the pod that was made for its spec alone: no node ever ran it.
        for line in try capture.ledger() where !["ok", "empty"].contains(line.state) {
            switch (line.state, line.reason?.code) {
            case ("skipped", "TouchNone"), ("missing", "NotRunning"), ("missing", "NotStarted"): break
            case ("missing", "NotFound"):
                #expect(line.collector == "logs" && line.target.name == "sidecar", "\(line)")
            default: Issue.record("\(line)")
            }
        }
        // Every container of every kind was asked for.
        let logs = try capture.ledger("logs", pod: "sidecar").compactMap(\.target.container)
        #expect(logs.sorted() == ["debugger", "main", "proxy"])
        let crashed = "data/namespaces/exhibit-demo/pods/crashloop/main/main/logs"
        #expect(try capture.text("\(crashed)/current.log").contains("panic: boom"))
        #expect(try capture.text("\(crashed)/previous.log").contains("panic: boom"))
        for (path, texts) in version.objects {
            let content = try capture.text("data/namespaces/exhibit-demo/\(path)")
            for text in texts { #expect(content.contains(text), "\(text) in \(path)") }
        }
        // Lists with two versions are read once, in the one that the server prefers.
        let lists = try capture.ledger().filter { $0.collector == "objects" || $0.collector == "cluster-objects" }
        #expect(Set(lists.map(\.target.resource)).count == lists.count)
    }

    @Test(arguments: RecordedVersion.whole)
    func schemasAndTablesOfANamespaceAreWhole(_ version: RecordedVersion) async throws {
        let capture = try await Self.namespace(version)
        let api = "data/cluster/api"
        // OpenAPI v3: each document that its index has.
        let index = try Self.decode(OpenAPI.self, capture, "\(api)/openapi/v3.json")
        #expect(index.paths.count > 40 && index.paths.keys.contains("apis/events.k8s.io/v1"))
        for path in index.paths.keys { #expect(capture.has("\(api)/openapi/v3/\(path).json"), "\(path)") }
        #expect(capture.has("\(api)/openapi/v2.json") && capture.has("\(api)/openapi/v2.pb"))
        // Tables: rows as that server prints them, of the very state that the list was read in.
        let tables = "\(api)/tables"
        let pods = try Self.decode(Table.self, capture, "\(tables)/api/v1/namespaces/exhibit-demo/pods.json").rows
        let states = Dictionary(uniqueKeysWithValues: pods.map { ($0.cells[0].text, $0.cells[2].text) })
        #expect(states["gated"] == "SchedulingGated" && states["crashloop"] == "CrashLoopBackOff")
        #expect(pods.first { $0.cells[0].text == "sidecar" }?.cells[1].text == "2/2", "a sidecar counts")
        #expect(Set(states.keys) == (try capture.pods()))
        let widgets = "\(tables)/apis/shop.example.com/v1/namespaces/exhibit-demo/widgets.json"
        #expect(try Self.decode(Table.self, capture, widgets).rows.map { $0.cells.map(\.text) } == [["blue", "blue"]])
        let lists = try capture.text("\(api)/lists.jsonl").split(separator: "\n")
        #expect(lists.count > 40 && lists.allSatisfy { $0.contains(#""consistent":true"#) })
    }

    @Test(arguments: RecordedVersion.all)
    func aWorkloadAndWhatIsServedAreWhole(_ version: RecordedVersion) async throws {
        let capture = try await Self.capture(
            version, ["statefulset/store"], without: version.without, expecting: Exhibit.Code.sealed)
        #expect(try capture.text("meta/bundle.json").contains(version.release))
        let lines = try Self.ledger(capture, version)
        let others = lines.filter { !["ok", "empty"].contains($0.state) }
        #expect(others.allSatisfy { $0.reason?.code == "TouchNone" }, "\(others)")
        for (path, name) in version.related {
            let content = try capture.text("data/namespaces/exhibit-demo/\(path)")
            #expect(content.contains("name: \(name)\n"), "\(path)")
        }
        #expect(try capture.pods() == ["store-0"])
        // Events of the node that it is on are in the namespace default.
        let events = lines.filter { $0.collector == "events" && $0.step == "list of nodes" }
        #expect(
            events.count == (version.unasked.isEmpty ? 2 : 0) && events.allSatisfy { $0.state == "ok" }, "\(events)")
        // Aggregated discovery as it came, and one by one as kubectl of any version asks for it.
        let api = "data/cluster/api"
        for root in ["api", "apis"] {
            let document = try Self.decode(Aggregated.self, capture, "\(api)/\(root).aggregated.json")
            #expect(document.apiVersion == version.discovery)
            for group in document.items {
                let folder = root == "api" ? "\(api)/api" : "\(api)/apis/\(group.metadata.name ?? "")"
                for one in group.versions { #expect(capture.has("\(folder)/\(one.version).json"), "\(folder)") }
            }
        }
        for (path, has) in version.groups { #expect(capture.has("\(api)/apis/\(path)") == has, "\(path)") }
        // Since 1.28 a server tells who one is.
        #expect(try capture.text("\(api)/access/self.json").contains("SelfSubjectReview"))
    }

    @Test(arguments: RecordedVersion.all)
    func whoMayOnlySeePodsIsToldWhatIsLacking(_ version: RecordedVersion) async throws {
        let capture = try await Self.capture(
            version, of: "-pods-only", ["pod/store-0", "--as", "system:serviceaccount:exhibit-demo:default"],
            without: ["openapi", "api"], expecting: [Exhibit.Code.sealedWithGaps])
        let lines = try Self.ledger(capture, version)
        #expect(lines.contains { $0.collector == "pods" && $0.step == "pods" && $0.state == "ok" })
        let logs = try #require(lines.first { $0.collector == "logs" })
        #expect(logs.state == "denied" && logs.reason?.code == "Forbidden")
        let objects = lines.filter { ["objects", "cluster-objects", "events"].contains($0.collector) }
        #expect(objects.count > 50 && objects.allSatisfy { $0.state == "denied" && $0.reason?.code == "Forbidden" })
        // The message is the server's, with what it forbids.
        #expect(objects.allSatisfy { $0.reason?.message.contains("cannot list resource") == true })
    }

    // MARK: Documents

    private static func decode<Document: Decodable>(
        _: Document.Type, _ capture: Capture, _ path: String
    ) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(capture.text(path).utf8))
    }

    private struct Aggregated: Decodable {
        struct Metadata: Decodable { var name: String? }
        struct Version: Decodable { var version: String }
        struct Group: Decodable {
            var metadata: Metadata
            var versions: [Version]
        }

        var apiVersion: String
        var items: [Group]
    }

    private struct OpenAPI: Decodable {
        struct Document: Decodable {}
        var paths: [String: Document]
    }

    private struct Table: Decodable {
        /// A cell that is a text or a number.
        struct Cell: Decodable {
            var text: String

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                text = try (try? value.decode(String.self)) ?? String(value.decode(Int.self))
            }
        }

        struct Row: Decodable { var cells: [Cell] }
        var rows: [Row]
    }
}
