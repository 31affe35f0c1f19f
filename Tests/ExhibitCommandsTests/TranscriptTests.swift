import Foundation
import Testing

/// Kubernetes of versions that the test cluster is not of: **recorded**, see Transcripts/README.md.
@Suite(.needsBinary)
struct TranscriptTests {
    /// A capture of what was recorded. All that it asks for must be in the transcript.
    private static func capture(
        _ transcript: String, _ arguments: [String], expecting codes: Set<Int32>,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Capture {
        let server = try TranscriptServer(transcript)
        defer { server.stop() }
        let capture = try await Scratch.withFolder { folder in
            try await Capture.collect(
                arguments + ["-n", "exhibit-demo", "--touch", "none"], kubeconfig: try server.kubeconfig(in: folder),
                expecting: codes, at: location)
        }
        #expect(server.unanswered.isEmpty, "\(server.unanswered)", sourceLocation: location)
        return capture
    }

    private static func namespace(_ version: RecordedVersion) async throws -> Capture {
        try await capture(
            "kubernetes-\(version.name)", ["--without", "kubelet-metrics"], expecting: [Exhibit.Code.sealedWithGaps])
    }

    @Test(arguments: RecordedVersion.all)
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
        #expect(try capture.text("meta/bundle.json").contains(version.release))
        // Lists with two versions are read once, in the one that the server prefers.
        let lists = try capture.ledger().filter { $0.collector == "objects" || $0.collector == "cluster-objects" }
        #expect(Set(lists.map(\.target.resource)).count == lists.count)
    }

    @Test(arguments: RecordedVersion.all)
    func itsAPIIsWhole(_ version: RecordedVersion) async throws {
        let capture = try await Self.namespace(version)
        let api = "data/cluster/api"
        // Aggregated discovery as it came, and one by one as kubectl of any version asks for it.
        for root in ["api", "apis"] {
            let document = try JSONDecoder().decode(
                Aggregated.self, from: Data(capture.text("\(api)/\(root).aggregated.json").utf8))
            #expect(document.apiVersion == version.discovery)
            for group in document.items {
                let folder = root == "api" ? "\(api)/api" : "\(api)/apis/\(group.metadata.name ?? "")"
                #expect(capture.has("\(folder)/\(group.versions[0].version).json"), "\(folder)")
            }
        }
        for (path, has) in version.groups { #expect(capture.has("\(api)/apis/\(path)") == has, "\(path)") }
        // Since 1.28 a server tells who one is.
        #expect(try capture.text("\(api)/access/self.json").contains("SelfSubjectReview"))
        // OpenAPI v3: each document that its index has.
        let index = try JSONDecoder().decode(OpenAPI.self, from: Data(capture.text("\(api)/openapi/v3.json").utf8))
        #expect(index.paths.count > 40 && index.paths.keys.contains("apis/events.k8s.io/v1"))
        for path in index.paths.keys { #expect(capture.has("\(api)/openapi/v3/\(path).json"), "\(path)") }
        #expect(capture.has("\(api)/openapi/v2.json") && capture.has("\(api)/openapi/v2.pb"))
        // Tables: rows as that server prints them, of the very state that the list was read in.
        let tables = "\(api)/tables"
        let printed = try JSONDecoder().decode(
            Table.self, from: Data(capture.text("\(tables)/api/v1/namespaces/exhibit-demo/pods.json").utf8))
        let states = Dictionary(uniqueKeysWithValues: printed.rows.map { ($0.cells[0].text, $0.cells[2].text) })
        #expect(states["gated"] == "SchedulingGated" && states["crashloop"] == "CrashLoopBackOff")
        #expect(printed.rows.first { $0.cells[0].text == "sidecar" }?.cells[1].text == "2/2", "a sidecar counts")
        #expect(printed.rows.count == (try capture.pods().count))
        #expect(
            try capture.text("\(tables)/apis/shop.example.com/v1/namespaces/exhibit-demo/widgets.json").contains("blue")
        )
        #expect(
            try capture.text("\(api)/lists.jsonl").split(separator: "\n").allSatisfy {
                $0.contains(#""consistent":true"#)
            })
    }

    @Test(arguments: RecordedVersion.all)
    func aWorkloadIsWhole(_ version: RecordedVersion) async throws {
        let capture = try await Self.capture(
            "kubernetes-\(version.name)", ["statefulset/store", "--without", "kubelet-metrics"],
            expecting: Exhibit.Code.sealed)
        let others = try capture.ledger().filter { !["ok", "empty"].contains($0.state) }
        #expect(others.allSatisfy { $0.reason?.code == "TouchNone" }, "\(others)")
        let place = "data/namespaces/exhibit-demo"
        for (file, name) in [
            ("core/pods.yaml", "store-0"), ("apps/statefulsets.yaml", "store"), ("core/services.yaml", "store"),
            ("discovery.k8s.io/endpointslices.yaml", "store-zone"), ("policy/poddisruptionbudgets.yaml", "store"),
            ("autoscaling/horizontalpodautoscalers.yaml", "store"), ("networking.k8s.io/ingresses.yaml", "store"),
            ("events.k8s.io/events.yaml", "store-0.1"),
        ] {
            #expect(try capture.text("\(place)/\(file)").contains("name: \(name)\n"), "\(file)")
        }
        #expect(try capture.pods() == ["store-0"])
        // Events of the node that it is on are in the namespace default.
        let events = try capture.ledger().filter { $0.collector == "events" && $0.step == "list of nodes" }
        #expect(events.count == 2 && events.allSatisfy { $0.state == "ok" }, "\(events)")
    }

    @Test(arguments: RecordedVersion.all)
    func whoMayOnlySeePodsIsToldWhatIsLacking(_ version: RecordedVersion) async throws {
        let capture = try await Self.capture(
            "kubernetes-\(version.name)-pods-only",
            [
                "pod/store-0", "--as", "system:serviceaccount:exhibit-demo:default", "--without", "openapi",
                "--without",
                "api",
            ],
            expecting: [Exhibit.Code.sealedWithGaps])
        let lines = try capture.ledger()
        // Its owner could not be read: what of it is known is the pod's word.
        let pods = try #require(lines.first { $0.collector == "pods" })
        #expect(pods.state == "partial" || pods.state == "ok")
        let logs = try #require(lines.first { $0.collector == "logs" })
        #expect(logs.state == "denied" && logs.reason?.code == "Forbidden")
        let objects = lines.filter { ["objects", "cluster-objects", "events"].contains($0.collector) }
        #expect(objects.count > 50 && objects.allSatisfy { $0.state == "denied" && $0.reason?.code == "Forbidden" })
        // The message is the server's, with what it forbids.
        #expect(objects.allSatisfy { $0.reason?.message.contains("cannot list resource") == true })
    }

    // MARK: Documents

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
