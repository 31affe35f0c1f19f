import Foundation
import OfflineServer
import Rows
import StructuredText
import Testing

/// The printers against rows that a kube-apiserver 1.29 made of the same objects: **recorded**, see
/// Tests/ExhibitCommandsTests/Transcripts/README.md.
struct ServerRowTests {
    private struct Recording {
        var objects: [String: [JSONValue]] = [:]
        var tables: [String: JSONValue] = [:]

        init() throws {
            let path = URL(fileURLWithPath: #filePath)
                .appendingPathComponent("../../../ExhibitCommandsTests/Transcripts/kubernetes-1.29.jsonl").standardized
            for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") {
                let exchange = try JSONValue(parsing: line.utf8)
                guard let target = exchange["target"]?.string, target.contains("limit=500"),
                    !target.contains("fieldSelector"), exchange["status"]?.int == 200,
                    let answer = exchange["answer"]?.string
                else { continue }
                let place = String(target.prefix { $0 != "?" })
                if exchange["accept"]?.string?.contains("as=Table") == true {
                    tables[place] = try JSONValue(parsing: answer.utf8)
                } else {
                    objects[place] = try JSONValue(parsing: answer.utf8)["items"]?.array ?? []
                }
            }
        }
    }

    /// Columns in which 1.32 differs from 1.29: metrics by their name.
    private static func expected(_ cell: JSONValue, _ column: String, _ resource: String) -> JSONValue {
        guard resource == "horizontalpodautoscalers", column == "Targets", let text = cell.string else { return cell }
        return .string("cpu: " + text)
    }

    @Test func areTheServersOwn() async throws {
        let recording = try Recording()
        // When the tables were asked for, within a minute: no clock of the server was recorded.
        let now = RowTime(rfc3339: Array("2026-11-30T00:33:47Z".utf8).span)
        var kinds = 0
        var rows = 0
        try await TableBundle.with([:], captured: now) { printers in
            for (place, table) in recording.tables.sorted(by: { $0.key < $1.key }) where !place.contains("/widgets") {
                let parts = place.split(separator: "/").map(String.init)
                let isCore = parts[0] == "api"
                let resource = APIResource(
                    group: isCore ? "" : parts[1], version: parts[isCore ? 1 : 2], name: parts.last ?? "",
                    kind: "Kind", isNamespaced: true)
                let names = (table["columnDefinitions"]?.array ?? []).map { $0["name"]?.string ?? "" }
                let served = (table["rows"]?.array ?? []).map { $0["cells"]?.array ?? [] }
                let objects = recording.objects[place] ?? []
                try #require(objects.count == served.count, "\(place)")
                let printer = try await printers.printer(for: resource)
                kinds += 1
                for (object, cells) in zip(objects, served) {
                    rows += 1
                    let own = printer.cells(of: StoredObject(object))
                    for (name, cell) in zip(names, cells) {
                        #expect(own[name] == Self.expected(cell, name, resource.name), "\(place) \(name) \(cells)")
                    }
                }
            }
        }
        #expect(kinds == 29)
        #expect(rows > 70)
    }
}
