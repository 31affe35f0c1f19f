import BundleFormat
import Collection
import CollectorSteps
import Foundation
import Testing

/// The collectors for Redis and PostgreSQL against real servers: the pods of `Scripts/test-cluster services`. One capture of
/// all of them, with every built-in collector.
@Suite(
    .enabled(
        if: LiveCluster.kubeconfig != nil && LiveCluster.services != nil,
        "EXHIBIT_TEST_KUBECONFIG or EXHIBIT_TEST_SERVICES is not set: see Scripts/test-cluster services"))
struct ServiceCollectorTests {
    private static let namespace = LiveCluster.services ?? ""
    private static let all = Task {
        let start = ContinuousClock.now
        let capture = try await LiveCapture.of(
            "namespace/\(namespace)", namespace: namespace, catalog: LiveCapture.builtIn())
        return (capture, ContinuousClock.now - start)
    }

    private static func capture() async throws -> LiveCapture { try await all.value.0 }

    private static func line(_ collector: String, _ step: String, _ pod: String, _ container: String) async throws
        -> LedgerLine
    {
        try #require(try await capture().lines(collector, pod, container)["exec " + step])
    }

    private static func text(_ file: String, _ pod: String, _ container: String = "server") async throws -> String {
        try #require(
            try await capture().text("services/" + file, pod, container, namespace: namespace), "\(pod) \(file)")
    }

    /// Rows of a CSV file by the names of its first line.
    private static func rows(_ file: String, _ pod: String = "postgres", _ container: String = "server") async throws
        -> [[String: String]]
    {
        let rows = CSV.rows(try await text("postgresql/" + file, pod, container))
        let names = try #require(rows.first)
        return rows.dropFirst().filter { $0.count == names.count && $0 != names }.map {
            Dictionary(uniqueKeysWithValues: zip(names, $0))
        }
    }

    // MARK: Redis

    @Test
    func redisTellsWhatItKnows() async throws {
        let line = try await Self.line("redis", "info.txt", "redis", "server")
        #expect(line.state == .ok, "\(line.reason as Any)")
        #expect(line.entries.count == 6)
        let info = try await Self.text("redis/info.txt", "redis")
        #expect(info.contains("redis_version:7.") && info.contains("maxmemory_policy:allkeys-lru"))
        #expect(info.contains("cmdstat_set:") && info.contains("# Keyspace"), "everything")
        #expect(try await Self.text("redis/clients.txt", "redis").contains("cmd=subscribe"))
        #expect(try await Self.text("redis/config.txt", "redis").contains("\"67108864\""))
        #expect(try await Self.text("redis/memory.txt", "redis").contains("(integer) 2\n==> MEMORY STATS <=="))
        #expect(try await Self.text("redis/acl-log.txt", "redis").contains("\"mallory\""))
        let slow = try await Self.text("redis/slowlog.txt", "redis")
        #expect(slow.contains("\"greeting\""))
        #expect(slow.contains(#""a\x00acl-log.txt\nforged\x1b[2J""#), "a value begins no file, and moves no cursor")
    }

    @Test(arguments: ["server", "file"])
    func thePasswordOfTheContainerIsUsed(_ container: String) async throws {
        #expect(try await Self.line("redis", "info.txt", "redis-password", container).state == .ok)
        #expect(try await Self.text("redis/info.txt", "redis-password", container).contains("redis_version:"))
        let config = try await Self.text("redis/config.txt", "redis-password", container)
        #expect(!config.contains("requirepass") && !config.contains("masterauth"))
    }

    @Test(arguments: [("server", "NOAUTH"), ("wrong", "WRONGPASS")])
    func withoutTheRightPasswordItIsDenied(_ container: String, _ word: String) async throws {
        let line = try await Self.line("redis", "info.txt", "redis-locked", container)
        #expect(line.state == .denied)
        #expect(line.reason?.message.contains(word) == true)
        #expect(line.entries.isEmpty)
    }

    @Test
    func aPasswordThatNobodyAskedForDoesNoHarm() async throws {
        #expect(try await Self.line("redis", "info.txt", "redis-locked", "unneeded").state == .ok)
        #expect(try await Self.text("redis/info.txt", "redis-locked", "unneeded").contains("redis_version:"))
    }

    @Test
    func aServerThatIsNotThereIsAnError() async throws {
        let line = try await Self.line("redis", "info.txt", "redis-down", "down")
        #expect(line.state == .error)
        #expect(line.reason?.message.contains("Connection refused") == true)
        #expect(try await Self.line("redis", "info.txt", "redis-down", "hung").state == .timeout)
    }

    /// Nothing but headings would be no output.
    @Test(arguments: [("mute", "NOPERM"), ("crowded", "max number of clients")])
    func aServerThatAnswersNothingIsAnError(_ container: String, _ word: String) async throws {
        let line = try await Self.line("redis", "info.txt", "redis-locked", container)
        #expect(line.state == .error)
        #expect(line.reason?.message.contains(word) == true, "\(line.reason as Any)")
        #expect(line.entries.isEmpty)
    }

    @Test(arguments: [
        ("redis", "info.txt", "shell"), ("redis", "info.txt", "distroless"), ("postgresql", "server.csv", "shell"),
        ("postgresql", "ready.txt", "shell"),
    ])
    func aContainerWithoutTheToolIsMissingIt(_ collector: String, _ step: String, _ container: String) async throws {
        let line = try await Self.line(collector, step, "toolless", container)
        #expect(line.state == .missing)
        #expect(line.reason?.code == "NoProgram")
    }

    @Test
    func aHostileClientIsHeldToTheLimits() async throws {
        let escapes = try await Self.line("redis", "info.txt", "hostile", "escapes")
        #expect(escapes.state == .partial)
        #expect(escapes.reason?.message.contains("\u{1B}") == false)
        let paths = Set(escapes.entries.map { $0.rawValue.split(separator: "/").last.map(String.init) ?? "" })
        // It began slowlog.txt before its turn: so there is no clients.txt, and nothing of another name or place.
        #expect(paths == ["info.txt", "slowlog.txt", "acl-log.txt", "memory.txt", "config.txt"])
        #expect(try await Self.text("redis/slowlog.txt", "hostile", "escapes").contains("\0clients.txt\n"))
        #expect(try await Self.text("redis/info.txt", "hostile", "escapes").contains("\u{1B}[2J"), "byte for byte")
        let endless = try await Self.line("redis", "info.txt", "hostile", "endless")
        #expect(endless.state == .partial)
        #expect(endless.truncated == Truncation(limit: 32 << 20))
        let hangs = try await Self.line("redis", "info.txt", "hostile", "hangs")
        #expect(hangs.state == .timeout)
        let took = try await Self.all.value.1
        #expect(took < .seconds(60), "one that hangs does not hold up the rest")
    }

    // MARK: PostgreSQL

    @Test
    func postgresqlTellsWhatItKnows() async throws {
        let line = try await Self.line("postgresql", "server.csv", "postgres", "server")
        #expect(line.state == .ok, "\(line.reason as Any)")
        #expect(line.entries.count == 12)
        #expect(try await Self.text("postgresql/ready.txt", "postgres").contains("accepting connections"))
        let server = try #require(try await Self.rows("server.csv").first)
        #expect(server["version"]?.hasPrefix("PostgreSQL 15") == true && server["in_recovery"] == "f")

        let activity = try await Self.rows("activity.csv")
        let holder = try #require(activity.first { $0["query"] == "SELECT 'holds the lock';" })
        let waiter = try #require(activity.first { $0["query"]?.hasPrefix("SELECT 'waits for the lock'") == true })
        #expect(activity.first?["pid"] == holder["pid"], "the oldest transaction comes first")
        #expect(holder["state"] == "idle in transaction" && waiter["wait_event_type"] == "Lock")
        let blocked = try #require(try await Self.rows("locks.csv").first { $0["granted"] == "f" })
        #expect(blocked["pid"] == waiter["pid"] && blocked["relation_name"] == "public.orders")
        #expect(blocked["blocked_by"] == "{\(holder["pid"] ?? "")}", "not by somebody's own pg_blocking_pids")

        #expect(try await Self.rows("databases.csv").contains { $0["datname"] == "shop" })
        #expect(try await Self.rows("database-sizes.csv").contains { Int($0["bytes"] ?? "") ?? 0 > 8_000_000 })
        let tables = try await Self.rows("tables.csv")
        #expect(tables.contains { $0["table"] == "orders" && $0["total_bytes"] == "" }, "it is locked")
        #expect(tables.contains { $0["table"] == "customers" && Int($0["total_bytes"] ?? "") ?? 0 > 0 })
        #expect(try await Self.rows("prepared.csv").map { $0["gid"] } == ["forgotten"])
        #expect(try await Self.rows("replication-slots.csv").map { $0["slot_name"] } == ["forgotten"])
        #expect(try await Self.rows("bgwriter.csv").count == 1)
        #expect(
            try await Self.rows("statements.csv").contains { $0["query"]?.hasPrefix("CREATE TABLE orders") == true })
    }

    @Test
    func whatMayBeASecretIsLeftOut() async throws {
        let settings = try await Self.rows("settings.csv")
        #expect(settings.first { $0["name"] == "archive_command" }?["setting"] == "***")
        #expect(settings.contains { $0["name"] == "work_mem" && $0["setting"] == "5120" })
        #expect(
            !settings.contains { $0["name"] == "default_transaction_read_only" }, "our own is no setting of the server")
        let capture = try await Self.capture()
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
        let shown = try await Self.rows("activity.csv").compactMap { $0["query"] }.filter { $0.hasSuffix(mark) }
        let counts = Dictionary(shown.map { (String($0.dropLast(mark.count)).lowercased(), 1) }, uniquingKeysWith: +)
        #expect(
            counts == [
                "create role ": 8, "create\nrole ": 1, "select ": 5, "do ": 1, "create subscription ": 2, "create user ": 2, "": 2,
            ])
        let statements = try await Self.rows("statements.csv").compactMap { $0["query"] }
        #expect(statements.count { $0 == "CREATE ROLE \(mark)" } >= 9)
        #expect(statements.count { $0 == "CREATE SUBSCRIPTION \(mark)" } == 2)
        #expect(statements.contains { $0.hasPrefix("CREATE TABLE orders AS SELECT") }, "others are whole")
        let capture = try await Self.capture()
        #expect(capture.holds("never-shown-05"), "it is in the pod's own definition, so the statements were made")
        for (path, bytes) in capture.contents where path.contains("/services/postgresql/") {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("never") && !text.contains("xxxxxxxx"), "\(path)")
        }
    }

    @Test
    func theServerOfTheContainerIsAskedWhateverTheEnvironmentNames() async throws {
        let server = try #require(try await Self.rows("server.csv", "postgres-odd", "elsewhere").first)
        #expect(server["asked_at_address"] == "" && server["asked_at_port"] == "", "by its socket")
        let databases = try await Self.rows("databases.csv", "postgres-odd", "elsewhere").map { $0["datname"] }
        #expect(databases.contains("home") && !databases.contains("shop"))
        let ready = try await Self.text("postgresql/ready.txt", "postgres-odd", "elsewhere")
        #expect(ready == "/var/run/postgresql:5432 - accepting connections\n")
        // The folder of a socket is one's own.
        #expect(
            try await Self.text("postgresql/ready.txt", "postgres-odd", "lowly")
                == "/data/sockets:5432 - accepting connections\n")
    }

    @Test
    func whatWasCutIsSaid() async throws {
        let line = try await Self.line("postgresql", "server.csv", "postgres-odd", "elsewhere")
        #expect(line.state == .partial)
        #expect(line.reason?.message.hasSuffix("not whole: tables.csv, statements.csv (20 of 21 databases)") == true)
        let tables = try await Self.rows("tables.csv", "postgres-odd", "elsewhere").filter { $0["database"] == "home" }
        #expect(tables.count == 200 && tables.allSatisfy { $0["tables_in_all"] == "201" })
        let headings = try await Self.text("postgresql/tables.csv", "postgres-odd", "elsewhere")
            .split(separator: "\n").count { $0.hasPrefix("database,schema,") }
        #expect(headings == 20, "of each database that was asked")
    }

    @Test
    func databasesThatCannotBeListedAreSaid() async throws {
        let line = try await Self.line("postgresql", "server.csv", "postgres-odd", "lowly")
        #expect(line.state == .partial)
        let words = try #require(line.reason?.message)
        #expect(
            words.contains("one database, as they cannot be listed")
                && words.contains("permission denied for table pg_database"), "\(words)")
        #expect(try await Self.rows("server.csv", "postgres-odd", "lowly").count == 1, "what can be had is had")
    }

    @Test
    func aStandbyTellsHowFarItIs() async throws {
        let standby = try #require(try await Self.rows("replication.csv").first)
        #expect(standby["application_name"] == "standby" && Int(standby["lag_bytes"] ?? "") ?? -1 >= 0)
        let server = try #require(try await Self.rows("server.csv", "postgres-standby").first)
        #expect(
            server["in_recovery"] == "t" && server["receiver"] == "streaming" && server["sender_host"] == "10.96.0.61")
        // The extension came with the data, its library was not loaded: one file is not whole, the others are.
        let line = try await Self.line("postgresql", "server.csv", "postgres-standby", "server")
        #expect(line.state == .partial)
        #expect(line.reason?.message.contains("not whole: statements.csv") == true)
        #expect(line.entries.count == 11)
    }

    @Test
    func whereAllConnectionsAreInUseTheReservedOneIsEnough() async throws {
        let line = try await Self.line("postgresql", "server.csv", "postgres-full", "server")
        #expect(line.state == .ok, "\(line.reason as Any)")
        #expect(line.entries.count == 11, "no extension: no statements.csv, and no error")
        let users = try await Self.rows("activity.csv", "postgres-full").filter { $0["usename"] == "app" }
        #expect(users.count == 2)
    }

    @Test
    func postgresqlThatDoesNotLetInOrIsNotThere() async throws {
        let locked = try await Self.line("postgresql", "server.csv", "postgres-full", "locked")
        #expect(locked.state == .denied)
        #expect(locked.reason?.message.contains("no password supplied") == true)
        let down = try await Self.line("postgresql", "server.csv", "postgres-full", "down")
        #expect(down.state == .error)
        #expect(down.reason?.message.contains("No such file or directory") == true)
        let ready = try await Self.line("postgresql", "ready.txt", "postgres-full", "down")
        #expect(ready.state == .ok)
        #expect(try await Self.text("postgresql/ready.txt", "postgres-full", "down").contains("no response"))
    }

    // MARK: State

    @Test
    func noPasswordIsAnywhereInTheBundle() async throws {
        let capture = try await Self.capture()
        #expect(capture.holds("redis-password"), "the archive is looked through")
        #expect(!capture.holds("Pa55-never-in-a-bundle"))
        #expect(!capture.holds(Data("redis-Pa55-never-in-a-bundle".utf8).base64EncodedString()))
        let path = "data/namespaces/\(Self.namespace)/pods/redis-password/server/environment/environment.jsonl"
        let text = String(decoding: try #require(capture.contents[path]), as: UTF8.self)
        let token = LiveCapture.key.token(for: Array("redis-Pa55-never-in-a-bundle".utf8))
        #expect(text.contains(#"{"name":"REDIS_PASSWORD","bytes":28,"value":"\#(token)"}"#), "\(text)")
    }

    @Test
    func theStateOfAContainer() async throws {
        let line = try await Self.line("container-state", "state.txt", "postgres", "server")
        #expect(line.state == .ok)
        let text = try #require(
            try await Self.capture().text(
                "services/container-state/state.txt", "postgres", "server", namespace: Self.namespace))
        for heading in [
            "id", "/proc/1/limits", "/proc/self/status", "/etc/resolv.conf", "/proc/self/mountinfo", "df -kP",
        ] {
            #expect(text.contains("==> \(heading) <==\n"), "\(heading)")
        }
        #expect(text.contains("uid=65534(nobody)") && text.contains("Max open files") && text.contains("CapEff:"))
        #expect(text.contains("memory.usage_in_bytes <==\n") || text.contains("memory.current <==\n"))
        #expect(!text.contains("Pa55"))
    }

    @Test
    func containersOfOtherThingsAreLeftAlone() async throws {
        let capture = try await Self.capture()
        for line in capture.lines where line.collector == "redis" {
            #expect(line.target.name?.hasPrefix("postgres") == false)
        }
        for line in capture.lines where line.collector == "postgresql" {
            #expect(line.target.name?.hasPrefix("redis") == false && line.target.container != "distroless")
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
