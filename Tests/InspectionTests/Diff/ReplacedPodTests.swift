import Foundation
import Inspection
import StructuredText
import Testing

/// What a rollout makes otherwise, and what it does not.
struct ReplacedPodTests {
    typealias Examples = ComparedExamples

    /// A pod of Deployment web that is called by one of Deployment client, of two containers that each show it.
    private static func capture(_ hash: String, peer: String) -> (objects: [String], rows: [String: [JSONObject]]) {
        let status = #", "status": {"phase": "Running", "podIP": "\#(peer)"}"#
        let objects = [
            Examples.pod("web-1-a", hash: "1"),
            Examples.pod("client-x-\(hash)", hash: hash, rest: status)
                .replacingOccurrences(of: "\"web-", with: "\"client-"),
        ]
        var rows = Examples.rows(lists: ["pods": "ok"])
        for (number, container) in ["main", "side"].enumerated() {
            rows["ledger"]?.append([
                "attempt": JSONValue(8 + number), "collector": "sockets", "step": "sockets", "kind": "Pod",
                "namespace": "prod", "name": "web-1-a", "container": .string(container), "state": "ok",
            ])
            rows["entries", default: []].append([
                "path": .string("\(container).jsonl"), "attempt": JSONValue(8 + number),
            ])
            rows["node_container_sockets", default: []].append([
                "namespace": "prod", "pod": "web-1-a", "container": .string(container), "family": "tcp6",
                "state": "LISTEN", "local_address": "::", "local_port": 80, "entry": .string("\(container).jsonl"),
            ])
            rows["node_container_sockets", default: []].append([
                "namespace": "prod", "pod": "web-1-a", "container": .string(container), "family": "tcp6",
                "state": "ESTAB", "local_address": "::ffff:10.244.0.9", "local_port": 80,
                "remote_address": .string("::ffff:\(peer)"), "remote_port": 40_000,
                "entry": .string("\(container).jsonl"),
            ])
        }
        return (objects, rows)
    }

    @Test func aPeerIsItsWorkloadWhateverItsAddress() async throws {
        let (old, new) = (Self.capture("1", peer: "10.244.0.18"), Self.capture("2", peer: "10.244.0.31"))
        let examples = try await Examples(
            old.objects, new.objects, oldRows: old.rows, newRows: new.rows, only: [.connections])
        #expect(examples.differences.isEmpty, "\(examples.lines)")
        // Of two containers each thing once: it listens, and is called.
        #expect(examples.summary.counts[.connections]?.same == 2)
        let alone = try await Examples(
            Array(old.objects.prefix(1)), new.objects,
            oldRows: Examples.rows(lists: ["pods": "ok"]).merging([
                "ledger": old.rows["ledger"] ?? [], "entries": old.rows["entries"] ?? [],
            ]) { $1 }, newRows: new.rows, only: [.connections])
        #expect(
            alone.differences.compactMap { $0.part("address") }
                == ["prod/Deployment/client on port 80", ":::80"])
    }

    @Test func filesOfAReplacedContainerAreMarked() async throws {
        func pod(_ name: String, _ hash: String, id: String) -> String {
            Examples.pod(
                name, hash: hash,
                rest:
                    #", "status": {"containerStatuses": [{"name": "main", "containerID": "\#(id)", "state": {"running": {}}}]}"#
            )
        }
        func rows(_ pod: String, _ paths: [String]) -> [String: [JSONObject]] {
            var rows = Examples.rows(lists: ["pods": "ok"])
            rows["ledger"]?.append([
                "attempt": 9, "collector": "changes", "step": "changes", "kind": "Pod", "namespace": "prod",
                "name": .string(pod), "container": "main", "state": "ok",
            ])
            rows["entries"] = [["path": "c.jsonl", "attempt": 9]]
            rows["container_changes"] = paths.map {
                [
                    "namespace": "prod", "pod": .string(pod), "container": "main", "path": .string($0),
                    "change": "added", "entry": "c.jsonl",
                ]
            }
            return rows
        }
        func marks(newPod: String, newID: String) async throws -> [String] {
            try await Examples(
                [pod("web-1-a", "1", id: "one")], [pod(newPod, "1", id: newID)],
                oldRows: rows("web-1-a", ["/data/note"]), newRows: rows(newPod, ["/tmp/dropped"]), only: [.files]
            ).differences.map { "\($0.change.rawValue) \($0.part("path") ?? "") \($0.isOfReplacedContainer)" }
        }
        #expect(
            try await marks(newPod: "web-1-b", newID: "two") == ["removed /data/note true", "added /tmp/dropped false"])
        #expect(
            try await marks(newPod: "web-1-a", newID: "one") == [
                "removed /data/note false", "added /tmp/dropped false",
            ]
        )
    }
}
