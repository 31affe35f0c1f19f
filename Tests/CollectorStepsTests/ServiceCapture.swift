import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Testing

/// One capture of the pods of `Scripts/test-cluster services`, with every built-in collector but `network`, and but `changes`:
/// some of the containers have all disks of the node, through which it would go for half a minute.
enum ServiceCapture {
    static let namespace = LiveCluster.services ?? ""
    static let all = Task {
        let start = ContinuousClock.now
        let collectors = try LiveCapture.builtIn().collectors.filter { $0.name != "changes" }
        let capture = try await LiveCapture.of(
            "namespace/\(namespace)", namespace: namespace, catalog: CollectorCatalog(collectors))
        return (capture, ContinuousClock.now - start)
    }

    static func capture() async throws -> LiveCapture { try await all.value.0 }

    static func line(_ collector: String, _ step: String, _ pod: String, _ container: String) async throws
        -> LedgerLine
    {
        try #require(try await capture().lines(collector, pod, container)["exec " + step])
    }

    static func text(_ file: String, _ pod: String, _ container: String = "server") async throws -> String {
        try #require(
            try await capture().text("services/" + file, pod, container, namespace: namespace), "\(pod) \(file)")
    }

    /// Rows of a CSV file by the names of its first line.
    static func rows(_ file: String, _ pod: String = "postgres", _ container: String = "server") async throws
        -> [[String: String]]
    {
        let rows = CSV.rows(try await text("postgresql/" + file, pod, container))
        let names = try #require(rows.first)
        return rows.dropFirst().filter { $0.count == names.count && $0 != names }.map {
            Dictionary(uniqueKeysWithValues: zip(names, $0))
        }
    }
}

/// CSV as psql writes it. Source: RFC 4180.
enum CSV {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var characters = text.unicodeScalars.makeIterator()
        var next = characters.next()
        while let scalar = next {
            next = characters.next()
            switch scalar {
            case "\"" where isQuoted && next == "\"":
                field.unicodeScalars.append(scalar)
                next = characters.next()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                row.append(field)
                field = ""
            case "\n" where !isQuoted:
                rows.append(row + [field])
                (row, field) = ([], "")
            default: field.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}
