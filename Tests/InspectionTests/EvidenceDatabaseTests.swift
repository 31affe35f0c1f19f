import Foundation
import Inspection
import Rows
import SQLite
import StructuredText
import Testing

/// What a database says of captures that others made, against what others say of them.
@Suite(.enabled(if: Fixtures.areThere, "no fixtures of other projects: EXHIBIT_FIXTURES names their folder"))
struct EvidenceDatabaseFixtureTests {
    private func database(_ name: String) async throws -> EvidenceDatabase {
        try await EvidenceDatabase(try await ForeignCapture(path: Fixtures.path(name)))
    }

    /// Rows of a Table as the other project's API server answers over the same bundle: name and what kubectl prints behind it.
    private func expected(_ name: String, columns: Int) throws -> [[String]] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("sbctl-expected/\(name).json")))
        let table = try JSONValue(parsing: Array(bytes))
        return (table["rows"]?.array ?? []).map { row in
            (row["cells"]?.array ?? []).prefix(columns).map { $0.string ?? $0.int.map(String.init) ?? "?" }
        }
    }

    @Test(arguments: [("pods_all_namespaces", ""), ("pods_velero_namespace", "WHERE namespace = 'velero'")])
    func podsAreAsKubectlShowsThem(file: String, condition: String) async throws {
        let database = try await database("sbctl-support-bundle.tar.gz")
        let rows = try await database.rows(
            "SELECT name, ready || '/' || containers, status, restarts FROM pods \(condition) ORDER BY name")
        let found = rows.map { row in row.map { $0.text ?? $0.integer.map(String.init) ?? "" } }
        // Restarts have their age behind them, which goes by today's clock.
        let wanted = try expected(file, columns: 4).map { row in row.map { String($0.prefix { $0 != " " }) } }.sorted {
            $0[0] < $1[0]
        }
        #expect(wanted.count > 3)
        #expect(found == wanted)
    }

    @Test func podsByLabel() async throws {
        let database = try await database("sbctl-support-bundle.tar.gz")
        let names = try expected("pods_restic_only", columns: 1).map { $0[0] }.sorted()
        let rows = try await database.rows(
            """
            SELECT p.name FROM pods p JOIN labels l ON l.object = p.object WHERE l.key = 'name' AND l.value = 'restic'
            ORDER BY p.name
            """)
        #expect(rows.compactMap { $0[0].text } == names)
    }

    @Test(arguments: [
        ("configmaps_all_namespaces", ""), ("configmaps_kube_public_namespace", "AND namespace = 'kube-public'"),
    ])
    func otherObjectsAreThere(file: String, condition: String) async throws {
        let database = try await database("sbctl-support-bundle.tar.gz")
        let names = try expected(file, columns: 1).map { $0[0] }.sorted()
        let rows = try await database.rows(
            "SELECT name FROM objects WHERE kind = 'ConfigMap' \(condition) ORDER BY name")
        #expect(rows.compactMap { $0[0].text } == names)
    }

    @Test func linesOfLogsAreThoseOfTheFiles() async throws {
        let capture = try await ForeignCapture(path: Fixtures.path("must-gather-4.8.tar.gz"))
        let database = try await EvidenceDatabase(capture)
        let logs = try await database.rows(
            "SELECT entry, pod, size FROM logs WHERE size > 0 ORDER BY size DESC LIMIT 3")
        #expect(!logs.isEmpty)
        let all = try await ReadAll(capture).files
        for log in logs {
            let entry = try #require(log[0].text)
            let bytes = try #require(all[entry])
            var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            if lines.last == "" { lines.removeLast() }
            let rows = try await database.rows(
                """
                SELECT line, coalesce(time || ' ', '') || message FROM log_lines WHERE pod = ?1 AND entry = ?2 ORDER BY line
                """, [log[1], log[0]])
            #expect(rows.count == lines.count)
            #expect(rows.map { $0[1].text } == lines.map { String($0.last == "\r" ? $0.dropLast() : $0) })
            #expect(rows.map { $0[0].integer } == (1...Int64(lines.count)).map { $0 })
        }
    }

    @Test(arguments: ["must-gather-4.8.tar.gz", "troubleshoot-support-bundle.tar.gz", "sbctl-support-bundle.tar.gz"])
    func everyTableHasAnAnswer(file: String) async throws {
        let database = try await database(file)
        for table in database.tables { _ = try await database.rows("SELECT * FROM \"\(table.name)\" LIMIT 50") }
        #expect(try await database.rows("SELECT count(*) FROM objects").first?.first?.integer ?? 0 > 0)
        let kind = try await database.rows("SELECT value FROM bundle WHERE name = 'kind'")
        #expect(kind.first?.first?.text == database.capture.kind.rawValue)
    }
}

/// Hostile and odd captures, laid out as `oc adm inspect` does.
struct EvidenceDatabaseTests {
    @Test func aPodAndItsContainers() async throws {
        let status = """
            status:
              phase: Running
              conditions: [{type: Ready, status: "False", reason: ContainersNotReady}]
              containerStatuses:
              - name: main
                ready: false
                restartCount: 4
                imageID: "nginx@sha256:1"
                state: {waiting: {reason: CrashLoopBackOff, message: back-off}}
                lastState: {terminated: {exitCode: 137, reason: OOMKilled, finishedAt: "2026-01-01T00:00:10Z"}}
            """
        let database = try await ObjectCapture.database([
            "namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a", status)
        ])
        let pods = try await database.rows("SELECT name, status, ready, containers, restarts FROM pods")
        #expect(pods == [[.text("a"), .text("CrashLoopBackOff"), .integer(0), .integer(1), .integer(4)]])
        let containers = try await database.rows(
            "SELECT name, type, image, state, reason, last_reason, last_exit_code, has_liveness FROM containers")
        #expect(
            containers == [
                [
                    .text("main"), .text("container"), .text("nginx:1"), .text("waiting"), .text("CrashLoopBackOff"),
                    .text("OOMKilled"), .integer(137), .integer(0),
                ]
            ])
        let last = try await database.rows("SELECT time, severity, what FROM timeline WHERE source = 'container'")
        #expect(
            last == [
                [
                    .text("2026-01-01T00:00:10.000Z"), .text("error"),
                    .text("container ended before: OOMKilled, exit code 137"),
                ]
            ])
    }

    @Test func anObjectThatStandsTwiceIsThereOnce() async throws {
        let list =
            "apiVersion: v1\nkind: PodList\nitems:\n"
            + ObjectCapture.pod("a").split(separator: "\n").enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }.joined(
                separator: "\n")
            + "\n"
        let database = try await ObjectCapture.database([
            "namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a"), "namespaces/prod/core/pods.yaml": list,
        ])
        #expect(try await database.rows("SELECT count(*) FROM pods") == [[.integer(1)]])
        // The same name with another identity is another object: none hides another.
        let other = ObjectCapture.pod("a").replacing("a-uid", with: "b-uid")
        let two = try await ObjectCapture.database([
            "namespaces/prod/pods/a/a.yaml": other, "namespaces/prod/core/pods.yaml": list,
        ])
        #expect(try await two.rows("SELECT count(*) FROM pods") == [[.integer(2)]])
    }

    @Test func servicesFindTheirPods() async throws {
        let service = """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: prod}
            spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
            """
        let nobody = service.replacing("name: web", with: "name: none").replacing(
            "{app: web}", with: "{app: web, tier: x}")
        let database = try await ObjectCapture.database([
            "namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a"), "namespaces/prod/core/services/web.yaml": service,
            "namespaces/prod/core/services/none.yaml": nobody,
        ])
        #expect(try await database.rows("SELECT service, pod FROM service_pods") == [[.text("web"), .text("a")]])
        #expect(
            try await database.rows(
                "SELECT service, port, target_port FROM service_ports ORDER BY service DESC LIMIT 1")
                == [[.text("web"), .integer(80), .text("http")]])
    }

    @Test func whatCannotBeReadIsAProblemAndTheRestIsThere() async throws {
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nkind: Pod\n"
        let deep =
            "kind: Pod\nmetadata: " + String(repeating: "{a: ", count: 5_000) + "1"
            + String(repeating: "}", count: 5_000)
        let database = try await ObjectCapture.database([
            "namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a"), "namespaces/prod/pods/b/b.yaml": "{not: [yaml",
            "namespaces/prod/pods/c/c.yaml": bomb, "namespaces/prod/pods/d/d.yaml": deep,
            "namespaces/prod/pods/e/e.yaml": "kind: Pod\nkind: Service\nmetadata: {name: e}\n",
            "namespaces/prod/pods/f/f.yaml": "just text\n", "namespaces/prod/pods/g/g.yaml": "",
        ])
        #expect(try await database.rows("SELECT name FROM pods") == [[.text("a")]])
        let problems = try await database.rows("SELECT subject FROM problems ORDER BY subject").compactMap {
            $0[0].text
        }
        #expect(problems.map { $0.suffix(6) } == ["b.yaml", "c.yaml", "d.yaml", "e.yaml", "f.yaml"])
        let marked = try await database.rows("SELECT count(*) FROM entries WHERE problem IS NOT NULL")
        #expect(marked == [[.integer(5)]])
    }

    @Test func namesAreOnlyValues() async throws {
        let name = "x'); DROP TABLE pods; --\\u001b[31m<script>alert(1)</script>"
        let hostile =
            #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#(name)","namespace":"p\"rod","labels":{"a'b":"\u0000"}}}"#
        let database = try await ObjectCapture.database(["namespaces/prod/pods/a/a.yaml": hostile])
        let rows = try await database.rows("SELECT name, namespace FROM pods")
        #expect(rows.count == 1)
        #expect(rows[0][0].text == "x'); DROP TABLE pods; --\u{1b}[31m<script>alert(1)</script>")
        #expect(rows[0][1].text == "p\"rod")
    }

    @Test func aQueryCannotWriteOrRunForEver() async throws {
        let database = try await ObjectCapture.database(["namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a")])
        for sql in ["DELETE FROM objects", "ATTACH '/tmp/y.db' AS y", "PRAGMA table_list", "CREATE TABLE t (a)"] {
            let error = await #expect(throws: SQLError.self) { _ = try await database.rows(sql) }
            #expect(error?.code == .refused, "\(sql)")
        }
        let error = await #expect(throws: SQLError.self) {
            try await database.query(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                limits: QueryLimits(time: .milliseconds(200))
            ) { _ in }
        }
        #expect(error?.code == .outOfTime)
        // And it can be asked again.
        #expect(try await database.rows("SELECT count(*) FROM pods") == [[.integer(1)]])
    }

    @Test func aQueryEndsWithItsTask() async throws {
        let database = try await ObjectCapture.database(["namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a")])
        let task = Task {
            try await database.query(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                limits: QueryLimits(time: nil)
            ) { _ in }
        }
        task.cancel()
        let error = await #expect(throws: SQLError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test func whoReadsOnlySomeLinesOfALogIsNotKept() async throws {
        let line = "2026-01-01T00:00:00Z " + String(repeating: "x", count: 1_000) + "\n"
        let folder = try TestFolder()
        let log = "case/namespaces/prod/pods/a/main/main/logs/current.log"
        try folder.write(ObjectCapture.pod("a"), to: "case/namespaces/prod/pods/a/a.yaml")
        try folder.write(String(repeating: line, count: 20_000), to: log)
        let database = try await EvidenceDatabase(try await ForeignCapture(path: folder.file("case")))
        #expect(try await database.rows("SELECT line FROM log_lines LIMIT 1") == [[.integer(1)]])
        #expect(
            try await database.rows("SELECT count(*) FROM log_lines WHERE container = 'main'") == [[.integer(20_000)]])
        #expect(try await database.rows("SELECT count(*) FROM log_lines WHERE container = 'other'") == [[.integer(0)]])
        #expect(
            try await database.rows(
                "SELECT count(*) FROM log_lines a JOIN log_lines b ON b.line = a.line + 1 WHERE a.line < 3 AND b.line < 5"
            )
                == [[.integer(2)]])
        #expect(database.damage.count == 0)
        // What cannot be read any more is not passed over.
        try FileManager.default.removeItem(atPath: folder.file(log))
        #expect(try await database.rows("SELECT count(*) FROM log_lines") == [[.integer(0)]])
        #expect(database.damage.files.map { $0.path.hasSuffix("current.log") } == [true])
    }

    @Test func namesOfTablesAreTheInspectorsAlone() {
        for table in TableDescription.own { #expect(TableNames.isReservedTable(table.name), "\(table.name)") }
    }
}
