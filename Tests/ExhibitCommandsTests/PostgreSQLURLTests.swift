import Foundation
import Testing

/// The collector `postgresql-url`: Debian's psql on this machine, against Debian's PostgreSQL in the test cluster.
@Suite(
    .needsBinary, .needsCluster, .needsTool("psql"),
    .enabled(
        if: Requirements.mayRun(Requirements.services != nil),
        "EXHIBIT_TEST_SERVICES is not set: see Scripts/test-cluster services"))
struct PostgreSQLURLTests {
    private static func withServer(_ pod: String, _ body: (_ port: Int) async throws -> Void) async throws {
        let argv = ["kubectl", "port-forward", "-n", try #require(Requirements.services), "pod/\(pod)", ":5432"]
        try await LocalService.with(argv, environment: ["KUBECONFIG": try TestCluster.kubeconfig()]) { port in
            try await body(port)
        }
    }

    @Test
    func aServerElsewhereTellsWhatItKnows() async throws {
        try await Self.withServer("postgres") { port in
            let url = "postgresql://127.0.0.1:\(port)/shop"
            let arguments = ["--with", "postgresql-url", "--set", "postgresql-url.url=\(url)"]
            try await LocalBundle.with([:], arguments, environment: ["PGUSER": "owner"]) { bundle in
                #expect(bundle.outcome.status == Exhibit.Code.ok, "\(bundle.outcome.summary)")
                let states = try await bundle.states("postgresql-url")
                #expect(states.count == 11 && states.values.allSatisfy { $0 == "ok" }, "\(states)")
                func text(_ file: String) async throws -> String {
                    try await bundle.text("local/postgresql-url/\(file)")
                }
                #expect(try await text("server.csv").contains("PostgreSQL 15"))
                let activity = try await text("activity.csv")
                #expect(activity.contains("SELECT 'holds the lock';"))
                #expect(activity.contains("*** (withheld: a password may be in it)"))
                #expect(try await text("locks.csv").contains("orders"))
                #expect(try await text("prepared.csv").contains("forgotten"))
                #expect(try await text("replication-slots.csv").contains("forgotten"))
                #expect(try await text("tables.csv").contains("customers"))
                let settings = try await text("settings.csv")
                #expect(settings.contains("archive_command,***") && settings.contains("work_mem,5120"))
                #expect(!settings.contains("default_transaction_read_only"), "our own is no setting of the server")
                for file in ["activity.csv", "settings.csv", "server.csv"] {
                    let text = try await text(file)
                    #expect(!text.contains("never") && !text.contains("secret-of-"), "\(file)")
                }
                let parameters =
                    try await bundle.object("meta/bundle.json")["parameters"] as? [String: [String: String]]
                #expect(parameters == ["postgresql-url": ["url": url]])
            }
        }
    }

    /// Each of its files is a table, and every line of them a row.
    @Test
    func whatAServerElsewhereTellsBecomesRows() async throws {
        try await Self.withServer("postgres") { port in
            let outcome = try await Exhibit.expect(
                Exhibit.Code.ok,
                [
                    "collectors", "test", "postgresql-url", "--output", "json", "--set",
                    "postgresql-url.url=postgresql://127.0.0.1:\(port)/shop",
                ], environment: ["PGUSER": "owner"])
            let tables = try outcome.json(CollectorTrialTests.Trial.self).tables
            #expect(tables.count == 11)
            #expect(tables.allSatisfy { $0.unread == 0 && $0.unreadCells == 0 && $0.absentHeadings == [] }, "\(tables)")
            #expect(tables.filter { $0.rows == 0 }.map(\.name) == [], "a standby is connected, too")
            let prepared = try #require(tables.first { $0.name == "postgresql_url_prepared" })
            #expect(prepared.columns.prefix(2) == ["transaction_id", "gid"] && prepared.first.first?[1] == "forgotten")
        }
    }

    /// All of it by a service file, as libpq has it; and a password that is wrong is nowhere in the bundle.
    @Test
    func whoIsNotLetInIsToldWithoutThePassword() async throws {
        try await Self.withServer("postgres-full") { port in
            try await Scratch.withFolder { folder in
                try Files.write(
                    "[shop]\nhost=127.0.0.1\nport=\(port)\ndbname=postgres\nuser=postgres\npassword=open-sesame-456\n",
                    to: folder + "/service.conf")
                try await LocalBundle.with(
                    [:], ["--with", "postgresql-url"],
                    environment: ["PGSERVICEFILE": folder + "/service.conf", "PGSERVICE": "shop"]
                ) { bundle in
                    #expect(bundle.outcome.status == Exhibit.Code.sealedWithGaps, "\(bundle.outcome.summary)")
                    let states = try await bundle.states("postgresql-url")
                    #expect(states.count == 11)
                    #expect(
                        states.values.allSatisfy {
                            $0.hasPrefix("error: psql exited with 2") && $0.contains("FATAL")
                        }, "\(states)")
                    #expect(try !bundle.holds("open-sesame-456"))
                }
            }
        }
    }

    @Test(arguments: [
        "postgresql://owner:open-sesame@h/shop", "host=h password=open-sesame", "service=x sslpassword=open-sesame",
    ])
    func aPasswordInTheURLIsRefused(_ url: String) async throws {
        try await LocalBundle.with([:], ["--with", "postgresql-url", "--set", "postgresql-url.url=\(url)"]) { bundle in
            #expect(bundle.outcome.status == Exhibit.Code.usage && !bundle.isSealed, "\(bundle.outcome.summary)")
            #expect(!bundle.outcome.errors.contains("open-sesame"))
        }
    }
}
