import Foundation
import SQLite
import Testing

@Suite struct SQLDatabaseTests {
    @Test func valuesComeBackAsTheyWentIn() throws {
        let database = try SQLDatabase()
        try database.run("CREATE TABLE t (a, b, c, d, e, f)")
        let row: [SQLValue] = [.null, .integer(.min), .real(1.5), .text("a\0b é"), .blob([0, 255]), .text("")]
        try database.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6)").run(row)
        let statement = try database.prepare("SELECT * FROM t")
        #expect(statement.columns == ["a", "b", "c", "d", "e", "f"])
        #expect(try statement.step())
        #expect(statement.row == row)
        #expect(try !statement.step())
    }

    @Test func bytesThatAreNoTextAreNoTrouble() throws {
        let database = try SQLDatabase()
        let statement = try database.prepare("SELECT ?1, length(?2)")
        try statement.bind(utf8: [0x61, 0xFF, 0x62], at: 1)
        try statement.bind(utf8: [], at: 2)
        #expect(try statement.step())
        #expect(statement[0] == .text("a\u{FFFD}b"))
        #expect(statement[1] == .integer(0))
    }

    @Test(arguments: ["SELECT 1; SELECT 2", "", "-- nothing", "SELEC 1", "SELECT * FROM nowhere"])
    func whatIsNotOneStatementIsAnError(sql: String) throws {
        let database = try SQLDatabase()
        #expect(throws: SQLError.self) { _ = try database.prepare(sql) }
    }

    @Test func commentsBehindAStatementAreFine() throws {
        let database = try SQLDatabase()
        let statement = try database.prepare("SELECT 1; -- one\n /* and */ ;")
        #expect(try statement.step())
    }
}

/// What SQL of people and of bundles can do to a database that is confined.
@Suite struct ConfinementTests {
    private func confined(_ time: Duration? = .seconds(10)) throws -> (SQLDatabase, QueryStop) {
        let database = try SQLDatabase()
        try database.run(
            "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('[1,2]'); CREATE VIEW v AS SELECT a FROM t; CREATE INDEX i ON t (a)"
        )
        let stop = QueryStop()
        database.confine(to: QueryLimits(time: time), stop: stop)
        return (database, stop)
    }

    @Test(arguments: [
        "SELECT a FROM t", "SELECT a FROM v", "SELECT count(*) FROM t, json_each(t.a)",
        "SELECT name FROM sqlite_schema",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT max(i) FROM n",
        "SELECT row_number() OVER (ORDER BY a) FROM t", "SELECT strftime('%Y', '2026-01-01'), a LIKE '%1%' FROM t",
        "EXPLAIN QUERY PLAN SELECT a FROM t",
    ])
    func readingIsAllowed(sql: String) throws {
        let (database, _) = try confined()
        #expect(try database.prepare(sql).step())
    }

    @Test(arguments: [
        "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (a)",
        "CREATE TEMP TABLE u (a)", "CREATE VIRTUAL TABLE u USING fts5(a)", "ATTACH ':memory:' AS x",
        "ATTACH '/tmp/x.db' AS x", "PRAGMA writable_schema = 1", "PRAGMA user_version",
        "PRAGMA temp_store_directory = '/'",
        "SELECT * FROM pragma_database_list", "SELECT load_extension('x')", "SELECT fts3_tokenizer('a')",
        "SELECT readfile('/etc/passwd')", "VACUUM", "VACUUM INTO '/tmp/x.db'", "REINDEX", "ANALYZE", "BEGIN", "COMMIT",
        "SAVEPOINT s", "EXPLAIN DELETE FROM t", "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
        "ALTER TABLE t ADD COLUMN b", "INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)", "DETACH main",
    ])
    func nothingElseIs(sql: String) throws {
        let (database, _) = try confined()
        #expect(throws: SQLError.self) {
            let statement = try database.prepare(sql)
            while try statement.step() {}
        }
        #expect(!FileManager.default.fileExists(atPath: "/tmp/x.db"))
        // And nothing changed.
        let left = try database.prepare("SELECT a FROM t")
        #expect(try left.step())
        #expect(left[0] == .text("[1,2]"))
    }

    @Test func whatDoesNotEndIsEnded() throws {
        let (database, _) = try confined(.milliseconds(200))
        let error = #expect(throws: SQLError.self) {
            _ = try database.prepare(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
            ).step()
        }
        #expect(error?.code == .outOfTime)
    }

    @Test func whoeverAskedCanEndIt() throws {
        let (database, stop) = try confined(nil)
        stop.set()
        let error = #expect(throws: SQLError.self) {
            _ = try database.prepare(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
            ).step()
        }
        #expect(error?.code == .cancelled)
    }

    @Test(arguments: [
        "SELECT length(zeroblob(1000000000))",
        "SELECT length(replace(hex(zeroblob(100000000)), '0', 'aaaaaaaa'))",
    ])
    func whatBecomesTooLargeIsAnError(sql: String) throws {
        let (database, _) = try confined()
        #expect(throws: SQLError.self) {
            let statement = try database.prepare(sql)
            _ = try statement.step()
        }
    }
}

@Suite struct VirtualTableTests {
    /// Numbers from 0 on, and what it was told of them.
    private final class Numbers: VirtualTable {
        let declaration = "CREATE TABLE x (n INTEGER, square INTEGER, word TEXT)"
        let useful: [Int: Set<TableFilter.Comparison>] = [0: [.equal, .less]]
        let count: Int
        let failsAt: Int?

        init(_ count: Int, failsAt: Int? = nil) {
            self.count = count
            self.failsAt = failsAt
        }

        struct Broken: Error, CustomStringConvertible {
            let description = "it is broken"
        }

        func open(_ filters: [TableFilter], isOver: @escaping () -> Bool) throws -> any VirtualRows {
            var range = 0..<count
            for filter in filters {
                guard let value = filter.value.integer else { continue }
                switch filter.comparison {
                case .equal: range = range.clamped(to: Int(value)..<Int(value) + 1)
                case .less: range = range.clamped(to: 0..<max(0, Int(value)))
                default: Issue.record("it was told of \(filter)")
                }
            }
            return Rows(range, failsAt)
        }

        private final class Rows: VirtualRows {
            private var rest: Range<Int>
            private var present = 0
            private let failsAt: Int?

            init(_ range: Range<Int>, _ failsAt: Int?) {
                rest = range
                self.failsAt = failsAt
            }

            func next() throws -> Bool {
                guard let first = rest.first else { return false }
                guard first != failsAt else { throw Broken() }
                present = first
                rest = rest.dropFirst()
                return true
            }

            func value(_ column: Int) -> SQLValue {
                switch column {
                case 0: .integer(Int64(present))
                case 1: .integer(Int64(present * present))
                default: .text("é\(present)")
                }
            }
        }
    }

    private func rows(_ sql: String, _ table: Numbers, as name: String = "numbers") throws -> [[SQLValue]] {
        let database = try SQLDatabase()
        try database.add(table, as: name)
        database.confine(to: QueryLimits(time: .seconds(30)), stop: QueryStop())
        let statement = try database.prepare(sql)
        var rows: [[SQLValue]] = []
        while try statement.step() { rows.append(statement.row) }
        return rows
    }

    @Test func rowsAreRead() throws {
        #expect(try rows("SELECT count(*), sum(square) FROM numbers", Numbers(4)) == [[.integer(4), .integer(14)]])
        #expect(try rows("SELECT word FROM numbers WHERE n = 2", Numbers(4)) == [[.text("é2")]])
        #expect(
            try rows("SELECT n FROM numbers WHERE n < 2 ORDER BY n DESC", Numbers(9)) == [[.integer(1)], [.integer(0)]])
        #expect(try rows("SELECT * FROM numbers", Numbers(0)) == [])
    }

    @Test func aJoinReadsItAnew() throws {
        let sql = "SELECT count(*) FROM numbers a JOIN numbers b ON b.n = a.square"
        #expect(try rows(sql, Numbers(10)) == [[.integer(4)]])
    }

    @Test func whatItIsToldIsOnlyAHint() throws {
        #expect(try rows("SELECT n FROM numbers WHERE n = 2 AND n = 3", Numbers(9)) == [])
        #expect(try rows("SELECT n FROM numbers WHERE n = 'two'", Numbers(9)) == [])
        // Compared otherwise than byte by byte it is told nothing: it would know of no case.
        #expect(try rows("SELECT n FROM words WHERE word = 'É' COLLATE NOCASE", Numbers(9), as: "words") == [])
        #expect(try rows("SELECT n FROM words WHERE n = 2 COLLATE NOCASE", Numbers(9), as: "words") == [[.integer(2)]])
    }

    @Test func whatItThrowsIsTheStatementsError() throws {
        let error = #expect(throws: SQLError.self) {
            _ = try rows("SELECT n FROM numbers", Numbers(9, failsAt: 3))
        }
        #expect(error?.reason == "it is broken")
        #expect(error?.code == .table)
        #expect(throws: SQLError.self) { _ = try rows("SELECT n FROM numbers", Numbers(9, failsAt: 0)) }
    }

    @Test func itCannotBeWrittenOrMadeAnew() throws {
        let database = try SQLDatabase()
        try database.add(Numbers(3), as: "numbers")
        #expect(throws: SQLError.self) { try database.run("INSERT INTO numbers VALUES (1, 2, 3)") }
        #expect(throws: SQLError.self) { try database.run("CREATE VIRTUAL TABLE mine USING numbers") }
    }
}
