import Inspection
import SQLite
import Testing

/// What logs and `managedFields` add to the timeline.
struct TimelineTests {
    private func timeline(_ files: [String: String], _ condition: String) async throws -> [[String?]] {
        let capture = try await LogCapture(files)
        let database = try await EvidenceDatabase(capture.capture)
        return try await database.rows(
            """
            SELECT substr(time, 12, 8), severity, kind || ' ' || coalesce(name, '') || coalesce('/' || container, ''), what
            FROM timeline WHERE \(condition) ORDER BY time, what
            """
        ).map { $0.map(\.text) }
    }

    @Test func ofLinesThatAreAlikeTheFirstAndTheLastAreShown() async throws {
        let log =
            (10..<20).map { "\(LogCapture.stamp($0)) ERROR failed \($0)\n" }.joined()
            + "\(LogCapture.stamp(30)) WARN careful\n\(LogCapture.stamp(31)) INFO fine\n\(LogCapture.stamp(32)) FATAL end\n"
        let files = ["a/main/current.log": log, "b/main/current.log": "ERROR without a time\n"]
        #expect(
            try await timeline(files, "source = 'log'") == [
                ["08:00:10", "error", "Pod a/main", "ERROR failed 10 (the first of 10 such lines)"],
                ["08:00:19", "error", "Pod a/main", "ERROR failed <*> (the last of 10 such lines)"],
                ["08:00:30", "warning", "Pod a/main", "WARN careful"],
                ["08:00:32", "error", "Pod a/main", "FATAL end"],
            ])
        #expect(try await timeline(files, "source <> 'log'").isEmpty)
    }

    @Test func whoChangedAnObjectIsShown() async throws {
        func fields(_ rows: [(String, String, String?, Int)]) -> String {
            rows.map { manager, operation, subresource, seconds in
                "{\"manager\":\"\(manager)\",\"operation\":\"\(operation)\",\"time\":\"\(LogCapture.stamp(seconds))\""
                    + (subresource.map { ",\"subresource\":\"\($0)\"" } ?? "") + ",\"fieldsV1\":{\"f:x\":{}}}"
            }.joined(separator: ",")
        }
        let set = """
            {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-1","namespace":"prod","uid":"1",
            "creationTimestamp":"\(LogCapture.stamp(5))","annotations":{"deployment.kubernetes.io/revision":"7"},
            "managedFields":[\(fields([
                ("kube-controller-manager", "Update", nil, 5), ("kubectl-edit", "Update", nil, 60),
                ("helm", "Apply", nil, 61), ("kube-controller-manager", "Update", "status", 62),
                ("kube-controller-manager", "Update", "scale", 63), ("kubelet", "Update", nil, 64),
            ]))]}}
            """
        let files = ["namespaces/prod/apps/replicasets.json": set]
        #expect(
            try await timeline(files, "source = 'object'").map { $0[3] } == [
                "ReplicaSet created, revision 7", "kubectl-edit updated it", "helm applied it",
                "kube-controller-manager updated its scale",
            ])
        let capture = try await LogCapture(files)
        let rows = try await EvidenceDatabase(capture.capture).rows(
            "SELECT kind, name, manager, operation, subresource FROM object_changes ORDER BY time")
        #expect(rows.count == 6)
        #expect(
            rows[3] == [
                .text("ReplicaSet"), .text("web-1"), .text("kube-controller-manager"), .text("Update"), .text("status"),
            ])
    }

    @Test func managedFieldsOfAnyFormAreNoTrouble() async throws {
        let pod = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"prod","managedFields":[1,null,{"manager":7},{"time":"never"}]}}
            """
        let many = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b","namespace":"prod","managedFields":[\(
                String(repeating: "{\"manager\":\"m\"},", count: 150))null]}}
            """
        let capture = try await LogCapture([
            "namespaces/prod/pods/a/a.json": pod, "namespaces/prod/pods/b/b.json": many,
        ])
        let database = try await EvidenceDatabase(capture.capture)
        #expect(try await database.rows("SELECT count(*) FROM object_changes WHERE name = 'a'") == [[.integer(4)]])
        #expect(try await database.rows("SELECT count(*) FROM object_changes WHERE name = 'b'") == [[.integer(100)]])
        let problems = try await database.rows("SELECT reason FROM problems").compactMap { $0[0].text }
        #expect(problems.map { $0.contains("51 of its managedFields are not read") } == [true])
        #expect(
            try await database.rows("SELECT count(*) FROM timeline WHERE name = 'a' AND time IS NOT NULL") == [
                [.integer(0)]
            ])
    }
}
