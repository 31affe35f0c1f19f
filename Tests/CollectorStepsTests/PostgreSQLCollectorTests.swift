import BundleFormat
import Foundation
import Testing

/// The collector for PostgreSQL against real servers.
@Suite(
    .enabled(
        if: LiveCluster.kubeconfig != nil && LiveCluster.services != nil,
        "EXHIBIT_TEST_KUBECONFIG or EXHIBIT_TEST_SERVICES is not set: see Scripts/test-cluster services"))
struct PostgreSQLCollectorTests {
    @Test
    func postgresqlTellsWhatItKnows() async throws {
        let line = try await ServiceCapture.line("postgresql", "server.csv", "postgres", "server")
        #expect(line.state == .ok, "\(line.reason as Any)")
        #expect(line.entries.count == 12)
        #expect(try await ServiceCapture.text("postgresql/ready.txt", "postgres").contains("accepting connections"))
        let server = try #require(try await ServiceCapture.rows("server.csv").first)
        #expect(server["version"]?.hasPrefix("PostgreSQL 15") == true && server["in_recovery"] == "f")

        let activity = try await ServiceCapture.rows("activity.csv")
        let holder = try #require(activity.first { $0["query"] == "SELECT 'holds the lock';" })
        let waiter = try #require(activity.first { $0["query"]?.hasPrefix("SELECT 'waits for the lock'") == true })
        #expect(activity.first?["pid"] == holder["pid"], "the oldest transaction comes first")
        #expect(holder["state"] == "idle in transaction" && waiter["wait_event_type"] == "Lock")
        let blocked = try #require(try await ServiceCapture.rows("locks.csv").first { $0["granted"] == "f" })
        #expect(blocked["pid"] == waiter["pid"] && blocked["relation_name"] == "public.orders")
        #expect(blocked["blocked_by"] == "{\(holder["pid"] ?? "")}", "not by somebody's own pg_blocking_pids")

        #expect(try await ServiceCapture.rows("databases.csv").contains { $0["datname"] == "shop" })
        #expect(
            try await ServiceCapture.rows("database-sizes.csv").contains { Int($0["bytes"] ?? "") ?? 0 > 8_000_000 })
        let tables = try await ServiceCapture.rows("tables.csv")
        #expect(tables.contains { $0["table"] == "orders" && $0["total_bytes"] == "" }, "it is locked")
        #expect(tables.contains { $0["table"] == "customers" && Int($0["total_bytes"] ?? "") ?? 0 > 0 })
        #expect(try await ServiceCapture.rows("prepared.csv").map { $0["gid"] } == ["forgotten"])
        #expect(try await ServiceCapture.rows("replication-slots.csv").map { $0["slot_name"] } == ["forgotten"])
        #expect(try await ServiceCapture.rows("bgwriter.csv").count == 1)
        #expect(
            try await ServiceCapture.rows("statements.csv").contains {
                $0["query"]?.hasPrefix("CREATE TABLE orders") == true
            })
    }

    @Test
    func whatMayBeASecretIsLeftOut() async throws {
        let settings = try await ServiceCapture.rows("settings.csv")
        #expect(settings.first { $0["name"] == "archive_command" }?["setting"] == "***")
        #expect(settings.contains { $0["name"] == "work_mem" && $0["setting"] == "5120" })
        #expect(
            !settings.contains { $0["name"] == "default_transaction_read_only" }, "our own is no setting of the server")
        let capture = try await ServiceCapture.capture()
        for (path, bytes) in capture.contents where path.contains("/services/postgresql/") {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("secret-of-"), "\(path)")
        }
        #expect(capture.contents.keys.filter { $0.contains("/services/postgresql/") }.count > 30)
    }

    /// Of each of the sessions of `Scripts/cluster/workloads/services.yaml` that wrote a password in a way of its own: without a
    /// blank, behind comments, in every kind of quotes, cut off, in connection strings.
    @Test
    func noPasswordComesByWayOfAStatement() async throws {
        let mark = "*** (withheld: a password may be in it)"
        let shown = try await ServiceCapture.rows("activity.csv").compactMap { $0["query"] }.filter {
            $0.hasSuffix(mark)
        }
        let counts = Dictionary(shown.map { (String($0.dropLast(mark.count)).lowercased(), 1) }, uniquingKeysWith: +)
        #expect(
            counts == [
                "create role ": 8, "create\nrole ": 1, "select ": 5, "do ": 1, "create subscription ": 2,
                "create user ": 2, "": 2,
            ])
        let statements = try await ServiceCapture.rows("statements.csv").compactMap { $0["query"] }
        #expect(statements.count { $0 == "CREATE ROLE \(mark)" } >= 9)
        #expect(statements.count { $0 == "CREATE SUBSCRIPTION \(mark)" } == 2)
        #expect(statements.contains { $0.hasPrefix("CREATE TABLE orders AS SELECT") }, "others are whole")
        let capture = try await ServiceCapture.capture()
        #expect(capture.holds("never-shown-05"), "it is in the pod's own definition, so the statements were made")
        for (path, bytes) in capture.contents where path.contains("/services/postgresql/") {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("never") && !text.contains("xxxxxxxx"), "\(path)")
        }
    }

    @Test
    func theServerOfTheContainerIsAskedWhateverTheEnvironmentNames() async throws {
        let server = try #require(try await ServiceCapture.rows("server.csv", "postgres-odd", "elsewhere").first)
        #expect(server["asked_at_address"] == "" && server["asked_at_port"] == "", "by its socket")
        let databases = try await ServiceCapture.rows("databases.csv", "postgres-odd", "elsewhere").map {
            $0["datname"]
        }
        #expect(databases.contains("home") && !databases.contains("shop"))
        let ready = try await ServiceCapture.text("postgresql/ready.txt", "postgres-odd", "elsewhere")
        #expect(ready == "/var/run/postgresql:5432 - accepting connections\n")
        // The folder of a socket is one's own.
        #expect(
            try await ServiceCapture.text("postgresql/ready.txt", "postgres-odd", "lowly")
                == "/data/sockets:5432 - accepting connections\n")
    }

    @Test
    func whatWasCutIsSaid() async throws {
        let line = try await ServiceCapture.line("postgresql", "server.csv", "postgres-odd", "elsewhere")
        #expect(line.state == .partial)
        #expect(line.reason?.message.hasSuffix("not whole: tables.csv, statements.csv (20 of 21 databases)") == true)
        let tables = try await ServiceCapture.rows("tables.csv", "postgres-odd", "elsewhere").filter {
            $0["database"] == "home"
        }
        #expect(tables.count == 200 && tables.allSatisfy { $0["tables_in_all"] == "201" })
        let headings = try await ServiceCapture.text("postgresql/tables.csv", "postgres-odd", "elsewhere")
            .split(separator: "\n").count { $0.hasPrefix("database,schema,") }
        #expect(headings == 20, "of each database that was asked")
    }

    @Test
    func databasesThatCannotBeListedAreSaid() async throws {
        let line = try await ServiceCapture.line("postgresql", "server.csv", "postgres-odd", "lowly")
        #expect(line.state == .partial)
        let words = try #require(line.reason?.message)
        #expect(
            words.contains("one database, as they cannot be listed")
                && words.contains("permission denied for table pg_database"), "\(words)")
        #expect(
            try await ServiceCapture.rows("server.csv", "postgres-odd", "lowly").count == 1, "what can be had is had")
    }

    @Test
    func aStandbyTellsHowFarItIs() async throws {
        let standby = try #require(try await ServiceCapture.rows("replication.csv").first)
        #expect(standby["application_name"] == "standby" && Int(standby["lag_bytes"] ?? "") ?? -1 >= 0)
        let server = try #require(try await ServiceCapture.rows("server.csv", "postgres-standby").first)
        #expect(
            server["in_recovery"] == "t" && server["receiver"] == "streaming" && server["sender_host"] == "10.96.0.61")
        // The extension came with the data, its library was not loaded: one file is not whole, the others are.
        let line = try await ServiceCapture.line("postgresql", "server.csv", "postgres-standby", "server")
        #expect(line.state == .partial)
        #expect(line.reason?.message.contains("not whole: statements.csv") == true)
        #expect(line.entries.count == 11)
    }

    @Test
    func whereAllConnectionsAreInUseTheReservedOneIsEnough() async throws {
        let line = try await ServiceCapture.line("postgresql", "server.csv", "postgres-full", "server")
        #expect(line.state == .ok, "\(line.reason as Any)")
        #expect(line.entries.count == 11, "no extension: no statements.csv, and no error")
        let users = try await ServiceCapture.rows("activity.csv", "postgres-full").filter { $0["usename"] == "app" }
        #expect(users.count == 2)
    }

    @Test
    func postgresqlThatDoesNotLetInOrIsNotThere() async throws {
        let locked = try await ServiceCapture.line("postgresql", "server.csv", "postgres-full", "locked")
        #expect(locked.state == .denied)
        #expect(locked.reason?.message.contains("no password supplied") == true)
        let down = try await ServiceCapture.line("postgresql", "server.csv", "postgres-full", "down")
        #expect(down.state == .error)
        #expect(down.reason?.message.contains("No such file or directory") == true)
        let ready = try await ServiceCapture.line("postgresql", "ready.txt", "postgres-full", "down")
        #expect(ready.state == .ok)
        #expect(try await ServiceCapture.text("postgresql/ready.txt", "postgres-full", "down").contains("no response"))
    }
}
