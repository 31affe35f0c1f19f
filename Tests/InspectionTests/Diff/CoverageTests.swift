import Inspection
import StructuredText
import Testing

/// That something is gone is said only where it was looked for.
struct CoverageTests {
    typealias Examples = ComparedExamples

    private static let secret = Examples.object("Secret", "s")
    private static let had = Examples.rows(lists: ["secrets": "ok", "pods": "ok"])

    @Test(arguments: ["denied", "error", "timeout", "partial", "skipped", "missing"])
    func nothingIsGoneWhereTheListWasNotHad(state: String) async throws {
        let examples = try await Examples(
            [Self.secret], [], oldRows: Self.had, newRows: Examples.rows(lists: ["secrets": state]))
        #expect(examples.differences.isEmpty)
        let gap = try #require(examples.summary.notCompared.first)
        #expect(gap.missingIn == .new && gap.what == "Secret" && gap.namespace == "prod" && gap.count == 1)
        #expect(gap.reason == "secrets: \(state) Forbidden")
        #expect(!examples.summary.differ)
    }

    @Test func whatWasNotAskedForIsNeitherGoneNorNew() async throws {
        let gone = try await Examples(
            [Self.secret], [], oldRows: Self.had, newRows: Examples.rows(lists: ["pods": "ok"]))
        #expect(gone.differences.isEmpty)
        #expect(gone.summary.notCompared.map(\.reason) == ["secrets were not asked for"])
        let new = try await Examples(
            [], [Self.secret], oldRows: Examples.rows(lists: ["pods": "ok"]), newRows: Self.had)
        #expect(new.differences.isEmpty)
        #expect(new.summary.notCompared.map(\.missingIn) == [.old])
    }

    @Test func whatWasLookedForIsGone() async throws {
        let examples = try await Examples([Self.secret], [], oldRows: Self.had, newRows: Self.had)
        #expect(examples.lines == ["removed Secret prod s"])
        #expect(examples.summary.notCompared.isEmpty)
    }

    @Test func ofAPodAsTargetOnlyWhatBelongsToItWasLookedAt() async throws {
        let rows = Examples.rows(lists: ["secrets": "ok", "pods": "ok"], target: "pod/web")
        let same = try await Examples([Self.secret], [], oldRows: rows, newRows: rows)
        #expect(same.differences.map(\.change) == [.removed])
        #expect(same.differences.first?.note?.contains("it may be there still") == true)
        let other = try await Examples([Self.secret], [], oldRows: Self.had, newRows: rows)
        #expect(other.differences.isEmpty)
        #expect(other.summary.notCompared.count == 1)
        #expect(other.warnings.contains { $0.contains("different targets") })
    }

    @Test func aForeignCaptureWithoutTheKindDidNotLook() async throws {
        let map = Examples.object("ConfigMap", "c")
        let without = try await Examples([map, Self.secret], [map])
        #expect(without.differences.isEmpty)
        #expect(without.summary.notCompared.map(\.what) == ["Secret"])
        let with = try await Examples([map, Self.secret], [map, Examples.object("Secret", "t")])
        #expect(with.lines == ["removed Secret prod s", "added Secret prod t"])
    }

    @Test func podsOfAWorkloadAreNotGoneWherePodsWereNotHad() async throws {
        let examples = try await Examples(
            ["a", "b"].map { Examples.pod("web-1-\($0)", hash: "1") }, [], oldRows: Self.had,
            newRows: Examples.rows(lists: ["pods": "denied"]), only: [.objects, .images])
        #expect(examples.differences.isEmpty)
        #expect(examples.summary.notCompared.map(\.count) == [1, 2])
    }

    /// What collectors bring of a container, with an attempt each.
    private static func listening(_ port: Int?, state: String) -> [String: [JSONObject]] {
        var rows = Examples.rows(lists: ["pods": "ok"])
        rows["ledger"]?.append([
            "attempt": 9, "collector": "sockets", "step": "sockets", "kind": "Pod", "namespace": "prod", "name": "a",
            "container": "main", "state": .string(state), "reason": state == "ok" ? .null : "NotRunning",
        ])
        rows["entries"] = [["path": "s.jsonl", "attempt": 9]]
        if let port {
            rows["node_container_sockets"] = [
                [
                    "namespace": "prod", "pod": "a", "container": "main", "family": "tcp", "state": "LISTEN",
                    "local_address": "0.0.0.0", "local_port": JSONValue(port), "process": "web", "entry": "s.jsonl",
                ]
            ]
        }
        return rows
    }

    @Test func aPortIsGoneOnlyWhereSocketsWereHad() async throws {
        let pod = Examples.object("Pod", "a")
        let gone = try await Examples(
            [pod], [pod], oldRows: Self.listening(80, state: "ok"), newRows: Self.listening(81, state: "ok"),
            only: [.connections])
        #expect(
            gone.lines == [
                #"removed prod Pod/a listens on tcp 0.0.0.0:80: process: "web" → nothing"#,
                #"added prod Pod/a listens on tcp 0.0.0.0:81: process: nothing → "web""#,
            ])
        let unknown = try await Examples(
            [pod], [pod], oldRows: Self.listening(80, state: "ok"), newRows: Self.listening(nil, state: "missing"),
            only: [.connections])
        #expect(unknown.differences.isEmpty)
        #expect(unknown.summary.notCompared.map(\.reason) == ["sockets: missing NotRunning"])
        var other = Self.listening(80, state: "partial")
        other["node_container_sockets"]?[0]["process"] = "sh"
        let partial = try await Examples(
            [pod], [pod], oldRows: Self.listening(80, state: "ok"), newRows: other, only: [.connections])
        #expect(partial.differences.first?.note == "not captured wholly in B (sockets: partial NotRunning)")
    }

    @Test func findingsAreNewGoneOrStill() async throws {
        func pod(_ name: String, _ state: String) -> String {
            Examples.object(
                "Pod", name,
                #""spec": {"containers": [{"name": "c"}]}, "status": {"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": 9, "state": \#(state), "lastState": {"terminated": {"exitCode": 1}}}]}"#
            )
        }
        let (bad, good) = (#"{"waiting": {"reason": "CrashLoopBackOff"}}"#, #"{"running": {}}"#)
        let examples = try await Examples(
            [pod("a", bad), pod("b", bad), pod("c", good)], [pod("a", bad), pod("b", good), pod("c", bad)],
            oldRows: Self.had,
            newRows: Self.had, only: [.findings])
        let loops = examples.differences.filter { $0.part("rule") == "container-crash-loop" }
        #expect(loops.map { "\($0.change.rawValue) \($0.part("name") ?? "")" } == ["removed Pod/b", "added Pod/c"])
        #expect((examples.summary.counts[.findings]?.same ?? 0) > 0)
        // Where pods were not had, nothing is well again.
        let unknown = try await Examples(
            [pod("a", bad)], [], oldRows: Self.had, newRows: Examples.rows(lists: ["pods": "denied"]), only: [.findings]
        )
        #expect(unknown.differences.isEmpty)
    }

    @Test func warningsThatCameMoreOftenAreToldThoseThatWereForgottenAreNot() async throws {
        func event(_ reason: String, _ count: Int) -> String {
            Examples.object(
                "Event", "\(reason)",
                #""type": "Warning", "reason": "\#(reason)", "count": \#(count), "message": "m", "involvedObject": {"kind": "Pod", "name": "a"}"#
            )
        }
        let rows = Examples.rows(lists: ["events": "ok"])
        let examples = try await Examples(
            [event("More", 1), event("Less", 9), event("Gone", 3)],
            [event("More", 5), event("Less", 2), event("New", 1)],
            oldRows: rows, newRows: rows, only: [.warnings])
        #expect(
            examples.differences.map { "\($0.change.rawValue) \($0.part("reason") ?? "")" } == [
                "changed More", "added New",
            ])
    }

    @Test func differentClustersAreToldByTheirOwnObjects() async throws {
        func system(_ uid: String) -> String {
            #"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "\#(uid)"}}"#
        }
        let other = try await Examples([system("one")], [system("two")])
        #expect(other.warnings.contains { $0.contains("different clusters") && $0.contains("one") })
        let same = try await Examples([system("one")], [system("one")])
        #expect(!same.warnings.contains { $0.contains("different clusters") })
    }

    @Test func ofALedgerThatIsTooLongNothingIsClaimed() async throws {
        let lists = Dictionary(uniqueKeysWithValues: (0..<9).map { ("secrets\($0 == 0 ? "" : "\($0)")", "ok") })
        let rows = Examples.rows(lists: lists)
        let whole = try await Examples([Self.secret], [], oldRows: rows, newRows: rows, mostOfLedger: 9)
        #expect(whole.lines == ["removed Secret prod s"])
        let cut = try await Examples([Self.secret], [], oldRows: rows, newRows: rows, mostOfLedger: 8)
        #expect(cut.differences.isEmpty)
        #expect(cut.summary.notCompared.map(\.reason) == ["its ledger has more attempts than are read"])
    }
}
