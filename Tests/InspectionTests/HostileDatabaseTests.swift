import Foundation
import Inspection
import SQLite
import Testing

/// Captures that somebody wrote to be misread.
struct HostileDatabaseTests {
    /// Where the tables look for lists and objects, with anything there but that.
    @Test(arguments: ["\"x\"", "5", "null", "true", "[\"x\", 1, null, [], {}]", "{\"a\": \"x\"}", "[[{}]]"])
    func oddShapesCostNothingElse(shape: String) async throws {
        let places: [(group: String, kind: String, path: [String])] = [
            ("v1", "Pod", ["spec", "containers"]), ("v1", "Pod", ["spec", "volumes"]),
            ("v1", "Pod", ["status", "containerStatuses"]),
            ("v1", "Pod", ["metadata", "labels"]), ("v1", "Pod", ["metadata", "ownerReferences"]),
            ("v1", "Pod", ["status", "conditions"]),
            ("v1", "Pod", ["spec", "imagePullSecrets"]), ("v1", "Service", ["spec", "ports"]),
            ("v1", "Service", ["spec", "selector"]),
            ("v1", "Endpoints", ["subsets"]), ("discovery.k8s.io/v1", "EndpointSlice", ["endpoints"]),
            ("discovery.k8s.io/v1", "EndpointSlice", ["ports"]),
            ("networking.k8s.io/v1", "Ingress", ["spec", "rules"]),
            ("networking.k8s.io/v1", "NetworkPolicy", ["spec", "policyTypes"]),
            ("v1", "Node", ["status", "addresses"]),
            ("rbac.authorization.k8s.io/v1", "Role", ["rules"]),
            ("rbac.authorization.k8s.io/v1", "RoleBinding", ["subjects"]),
            ("v1", "ResourceQuota", ["spec", "hard"]), ("apps/v1", "Deployment", ["spec"]),
            ("v1", "Event", ["involvedObject"]),
            ("batch/v1", "CronJob", ["status", "active"]),
        ]
        var files = ["namespaces/prod/pods/good/good.yaml": ObjectCapture.pod("good")]
        for (number, place) in places.enumerated() {
            var inner = shape
            for key in place.path.reversed() where key != "metadata" || place.path.count < 2 {
                inner = "{\"\(key)\": \(inner)}"
            }
            var text = "{\"apiVersion\": \"\(place.group)\", \"kind\": \"\(place.kind)\", "
            if place.path.first == "metadata" {
                text += "\"metadata\": {\"name\": \"o\(number)\", \"namespace\": \"prod\", " + inner.dropFirst() + "}"
            } else {
                text += "\"metadata\": {\"name\": \"o\(number)\", \"namespace\": \"prod\"}, " + inner.dropFirst()
            }
            files["namespaces/prod/pods/o\(number)/o\(number).yaml"] = text
        }
        let database = try await ObjectCapture.database(files)
        for table in database.tables { _ = try await database.rows("SELECT * FROM \"\(table.name)\" LIMIT 100") }
        #expect(try await database.rows("SELECT image FROM containers WHERE pod = 'good'") == [[.text("nginx:1")]])
        #expect(
            try await database.rows("SELECT count(*) FROM objects").first?.first?.integer ?? 0 >= Int64(places.count))
        let problems = try await database.rows("SELECT subject, reason FROM problems WHERE reason LIKE 'the table%'")
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func onlyKindsOfTheirOwnGroupAreInTheTables() async throws {
        func object(_ version: String, _ kind: String, _ rest: String = "") -> String {
            "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: x, namespace: prod}\n\(rest)\n"
        }
        let database = try await ObjectCapture.database([
            "namespaces/prod/pods/a/a.yaml": ObjectCapture.pod("a"),
            "namespaces/prod/x/1.yaml": object("serving.knative.dev/v1", "Service", "spec: {ports: [http]}"),
            "namespaces/prod/x/2.yaml": object("evil.io/v1", "Pod"),
            "namespaces/prod/x/3.yaml": object("config.openshift.io/v1", "Node"),
            "namespaces/prod/x/4.yaml": object("tenant.io/v1", "Role", "rules: [read all]"),
            "namespaces/prod/x/5.yaml": object("batch.volcano.sh/v1alpha1", "Job"),
        ])
        for table in ["services", "nodes", "role_rules", "workloads", "service_ports"] {
            #expect(try await database.rows("SELECT count(*) FROM \(table)") == [[.integer(0)]], "\(table)")
        }
        #expect(try await database.rows("SELECT name FROM pods") == [[.text("a")]])
        #expect(try await database.rows("SELECT count(*) FROM objects") == [[.integer(6)]])
    }

    @Test func itemsOfAListAreWhatTheListSaysWhereTheyDoNot() async throws {
        let json =
            #"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"j","namespace":"prod"}}]}"#
        let yaml = "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata:\n    name: service\n    namespace: prod\n"
        let database = try await ObjectCapture.database([
            "namespaces/n/core/pods.yaml": json, "namespaces/n/core/services.yaml": yaml,
            "namespaces/n/core/odd.yaml": "apiVersion: v1\nitems:\n- metadata: {name: nobody}\n",
            "namespaces/n/core/flow.yaml": "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: f}}]\n",
            "namespaces/n/core/empty.yaml": "apiVersion: v1\nkind: PodList\nitems: []\n",
        ])
        #expect(try await database.rows("SELECT name FROM pods") == [[.text("j")]])
        #expect(try await database.rows("SELECT name FROM services") == [[.text("service")]])
        let problems = try await database.rows("SELECT subject FROM problems ORDER BY subject").compactMap {
            $0[0].text
        }
        #expect(problems.map { $0.split(separator: "/").last } == ["flow.yaml", "odd.yaml"])
    }

    @Test func whatHasNoNameIsNeverTakenForAnother() async throws {
        let events =
            "apiVersion: v1\nitems:\n- {apiVersion: v1, kind: Event, reason: A}\n- {apiVersion: v1, kind: Event, reason: B}\n"
        let database = try await ObjectCapture.database(["namespaces/n/core/events.yaml": events])
        #expect(try await database.rows("SELECT reason FROM events ORDER BY reason") == [[.text("A")], [.text("B")]])
        let what = try await database.rows("SELECT count(*) FROM timeline WHERE what IS NULL")
        #expect(what == [[.integer(0)]])
    }

    @Test func timesThatAreNoneAreNotMadeUp() async throws {
        let times = ["now", "5", "12:30", "2021-02-03", "tomorrow"]
        let items = times.enumerated().map { number, time in
            "- {apiVersion: v1, kind: Event, metadata: {name: e\(number), namespace: n}, reason: R, lastTimestamp: \"\(time)\"}"
        }
        let good =
            "- {apiVersion: v1, kind: Event, metadata: {name: g, namespace: n}, reason: R, lastTimestamp: \"2021-02-03t04:05:06z\"}"
        let database = try await ObjectCapture.database([
            "namespaces/n/core/events.yaml": "apiVersion: v1\nitems:\n" + (items + [good]).joined(separator: "\n")
                + "\n"
        ])
        let rows = try await database.rows("SELECT time FROM timeline WHERE source = 'event' ORDER BY time")
        #expect(rows == Array(repeating: [.null], count: times.count) + [[.text("2021-02-03T04:05:06.000Z")]])
    }

    @Test func aNULHidesNothing() async throws {
        let database = try await ObjectCapture.database([
            "namespaces/n/pods/a/a.yaml":
                #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ok\u0000hidden","namespace":"\\u0000"}}"#,
            "namespaces/n/pods/a/main/main/logs/current.log": "public\0secret\n",
        ])
        #expect(
            try await database.rows("SELECT name, namespace FROM pods") == [
                [.text("ok\u{FFFD}hidden"), .text("\\u0000")]
            ])
    }

    @Test func readingsOfLogsDoNotWaitForEachOther() async throws {
        let folder = try TestFolder()
        try folder.write(ObjectCapture.pod("a"), to: "case/namespaces/prod/pods/a/a.yaml")
        try folder.write(
            String(repeating: "x\n", count: 50_000), to: "case/namespaces/prod/pods/a/main/main/logs/current.log")
        let database = try await EvidenceDatabase(try await ForeignCapture(path: folder.file("case")))
        let rows = try await database.rows(
            "SELECT count(*) FROM (SELECT 1 FROM log_lines a, log_lines b, log_lines c, log_lines d LIMIT 100000)")
        #expect(rows == [[.integer(100_000)]])
    }

    /// A statement that is ended takes its transaction with it: the other tables stay.
    @Test
    func aTableThatTakesTooLongCostsOnlyItself() async throws {
        let folder = try TestFolder()
        for number in 0..<300 {
            try folder.write(
                ObjectCapture.pod("p\(number)"), to: "case/namespaces/prod/pods/p\(number)/p\(number).yaml")
        }
        var limits = DatabaseLimits()
        limits.tableTime = .nanoseconds(1)
        let database = try await EvidenceDatabase(
            try await ForeignCapture(path: folder.file("case")), limits: limits)
        #expect(try await database.rows("SELECT count(*) FROM objects") == [[.integer(300)]])
        #expect(try await database.rows("SELECT count(*) FROM entries") == [[.integer(300)]])
        let problems = try await database.rows("SELECT subject FROM problems")
        #expect(problems.contains([.text("pods")]) || problems.contains([.text("containers")]), "\(problems)")
        #expect(try await database.rows("SELECT count(*) FROM pods").count == 1)
    }

    /// What many refer to many by is cut, and said.
    @Test
    func tablesAreNotLargerThanTheyMayBe() async throws {
        let folder = try TestFolder()
        for number in 0..<20 {
            try folder.write(
                ObjectCapture.pod("p\(number)"), to: "case/namespaces/prod/pods/p\(number)/p\(number).yaml")
            try folder.write(
                "apiVersion: v1\nkind: Service\nmetadata: {name: s\(number), namespace: prod}\nspec: {selector: {app: web}}\n",
                to: "case/namespaces/prod/core/services/s\(number).yaml")
        }
        var limits = DatabaseLimits()
        limits.tableRows = 50
        let database = try await EvidenceDatabase(
            try await ForeignCapture(path: folder.file("case")), limits: limits)
        #expect(try await database.rows("SELECT count(*) FROM service_pods") == [[.integer(50)]])
        #expect(
            try await database.rows("SELECT reason FROM problems WHERE subject = 'service_pods'")
                == [[.text("it has only the first 50 rows")]])
        #expect(try await database.rows("SELECT count(*) FROM pods") == [[.integer(20)]])
    }
}
