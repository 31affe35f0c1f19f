import Collection
import Inspection
import StructuredText
import Synchronization

/// Two small captures, and what a comparison says of them.
struct ComparedExamples {
    let differences: [Difference]
    let summary: ComparisonSummary
    let warnings: [String]

    /// - Parameters:
    ///   - old: objects in JSON.
    ///   - oldRows: of tables: as the ledger.
    init(
        _ old: [String], _ new: [String], oldRows: [String: [JSONObject]] = [:], newRows: [String: [JSONObject]] = [:],
        only: Set<DifferenceSection> = [.objects], includesNoise: Bool = false, mostOfLedger: Int? = nil
    ) async throws {
        var options = ComparisonOptions()
        options.sections = only
        options.includesNoise = includesNoise
        if let mostOfLedger { options.mostOfLedger = mostOfLedger }
        let comparison = try await CaptureComparison(
            try await Self.database(old, oldRows), try await Self.database(new, newRows),
            options: options)
        warnings = comparison.warnings
        let found = Found()
        summary = try await comparison.run { difference in found.list.withLock { $0.append(difference) } }
        differences = found.list.withLock { $0 }
    }

    private final class Found: Sendable {
        let list = Mutex<[Difference]>([])
    }

    private static func database(_ objects: [String], _ rows: [String: [JSONObject]]) async throws -> EvidenceDatabase {
        var example = FindingExample()
        example.objects = try objects.map { try JSONValue(parsing: Array($0.utf8)) }
        example.rows = rows
        return try await EvidenceDatabase(example) { try RecordedFindings.builtIn() }
    }

    /// `changed spec.replicas: 1 → 2`, a line each.
    var lines: [String] {
        differences.flatMap { difference in
            let head = "\(difference.change.rawValue) \(difference.subject.map(\.value).joined(separator: " "))"
            guard !difference.fields.isEmpty else { return [head + (difference.note.map { ": \($0)" } ?? "")] }
            return difference.fields.map { "\(head): \($0.path): \(Self.words($0.old)) → \(Self.words($0.new))" }
        }
    }

    private static func words(_ value: JSONValue?) -> String {
        value.map { String(decoding: $0.serialized(), as: UTF8.self) } ?? "nothing"
    }

    // MARK: Objects

    static func object(_ kind: String, _ name: String, _ rest: String = "", uid: String = "u", metadata: String = "")
        -> String
    {
        let version = ["Deployment", "ReplicaSet"].contains(kind) ? "apps/v1" : "v1"
        return """
            {"apiVersion": "\(version)", "kind": "\(kind)", "metadata": {"name": "\(name)", "namespace": "prod", "uid": "\(uid)"\(metadata)}
            \(rest.isEmpty ? "" : ", \(rest)")}
            """
    }

    /// A pod of a Deployment, whose ReplicaSet need not be there.
    static func pod(_ name: String, hash: String, image: String = "web:1", rest: String = "") -> String {
        object(
            "Pod", name, #""spec": {"containers": [{"name": "main", "image": "\#(image)"}]}\#(rest)"#, uid: name,
            metadata: """
                , "generateName": "web-\(hash)-", "labels": {"pod-template-hash": "\(hash)"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "web-\(hash)", "controller": true}]
                """)
    }

    /// Rows of a capture of namespace `prod` that had these lists.
    static func rows(lists: [String: String], target: String = "namespace/prod") -> [String: [JSONObject]] {
        [
            "bundle": [["name": "targets", "value": .string(target)]],
            "ledger": lists.sorted { $0.key < $1.key }.enumerated().map { number, list in
                [
                    "attempt": JSONValue(number + 1), "collector": "objects",
                    "step": list.key == "pods" ? "pods" : "list",
                    "resource": .string(list.key), "namespace": "prod", "state": .string(list.value),
                    "reason": list.value == "ok" ? .null : "Forbidden",
                ]
            },
        ]
    }
}
