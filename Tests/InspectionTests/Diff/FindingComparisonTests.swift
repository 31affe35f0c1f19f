import Inspection
import StructuredText
import Testing

/// That a finding is gone is said only where what it stands on was looked for.
struct FindingComparisonTests {
    typealias Examples = ComparedExamples

    /// Processes of a node, of which one runs from memory.
    private static func host(_ executable: String?, state: String = "ok") -> [String: [JSONObject]] {
        var rows = Examples.rows(lists: ["pods": "ok"])
        rows["ledger"]?.append([
            "attempt": 9, "collector": "host-processes", "step": "processes", "node": "node1", "state": .string(state),
            "reason": state == "ok" ? .null : "NoAgent",
        ])
        rows["entries"] = [["path": "p.jsonl", "attempt": 9]]
        if let executable {
            rows["host_processes"] = [
                ["node": "node1", "pid": 7, "name": "x", "executable": .string(executable), "entry": "p.jsonl"]
            ]
        }
        return rows
    }

    private static func changes(_ old: [String: [JSONObject]], _ new: [String: [JSONObject]]) async throws -> [String] {
        try await Examples([], [], oldRows: old, newRows: new, only: [.findings]).differences
            .filter { $0.part("rule") == "host-executable-in-memory" }.map { $0.change.rawValue }
    }

    @Test func aFindingOfAHostIsGoneOnlyWhereTheHostWasLookedAt() async throws {
        let found = Self.host("/memfd:x")
        #expect(try await Self.changes(found, Self.host("/usr/bin/x")) == ["removed"])
        #expect(try await Self.changes(Self.host("/usr/bin/x"), found) == ["added"])
        // Not at this host, not at all, and a capture of another tool.
        #expect(try await Self.changes(found, Self.host(nil, state: "missing")).isEmpty)
        #expect(try await Self.changes(found, Examples.rows(lists: ["pods": "ok"])).isEmpty)
        #expect(try await Self.changes(found, [:]).isEmpty)
    }

    @Test func aFindingOfEventsIsGoneOnlyWhereEventsWereHad() async throws {
        let pod = Examples.object("Pod", "a")
        let event = Examples.object(
            "Event", "e",
            #""type": "Warning", "reason": "Unhealthy", "count": 9, "message": "m", "involvedObject": {"kind": "Pod", "name": "a", "namespace": "prod"}"#
        )
        let had = Examples.rows(lists: ["pods": "ok", "events": "ok"])
        func changes(_ rows: [String: [JSONObject]]) async throws -> [String] {
            try await Examples([pod, event], [pod], oldRows: had, newRows: rows, only: [.findings]).differences
                .filter { $0.part("rule") == "probe-failed" }.map { $0.change.rawValue }
        }
        #expect(try await changes(had) == ["removed"])
        #expect(try await changes(Examples.rows(lists: ["pods": "ok", "events": "denied"])).isEmpty)
    }
}
