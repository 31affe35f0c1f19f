import Collection
import CollectorSteps
import Foundation
import Rows
import Testing

/// The script of collectors/network-to.yaml, run as it stands by real shells on this host, with tools that fail or lie.
struct NetworkToScriptTests {
    private static let shells = [["/bin/sh"], ["/bin/bash"], ["/usr/bin/busybox", "sh"]]
        .filter { FileManager.default.isExecutableFile(atPath: $0[0]) }

    private struct Run {
        var status: Int32
        var errors: String
        /// By the names of the files, `name.txt` first.
        var files: [String: String]
        var table: CapturedTable
    }

    /// - Parameter tools: scripts by their names; besides them there are only those that are needed to read what they print.
    private static func run(
        _ shell: [String], tools: [String: String], host: String = "db.test", ask: String = "tcp",
        with others: [String] = ["cat", "head", "tr", "sh"]
    ) async throws -> Run {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let collector = try #require(catalog.collectors.first { $0.name == "network-to" })
        let step = try #require(collector.steps.first)
        let script = try #require(step.texts("argv").first { $0.contains("\n") })
        return try await withFolder { folder in
            for name in others {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(name)", withDestinationPath: "/bin/\(name)")
            }
            for (name, text) in tools {
                try "#!/bin/sh\n\(text)\n".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(name)")
            }
            let result = try await Command.run(shell + ["-c", script, "sh", host, "5432", ask], path: folder)
            var files: [String: String] = [:]
            var name = "name.txt"
            var splitter = OutputSplitter(names: step.texts("files"))
            for piece in splitter.take(Array(result.output.utf8)[...]) + splitter.rest() {
                switch piece {
                case .begin(let next): name = next
                case .bytes(let bytes): files[name, default: ""] += String(decoding: bytes, as: UTF8.self)
                }
            }
            let table = try CapturedTable.read("network_to_results", text: files["results.tsv"] ?? "")
            #expect(table.tally.unread == 0 && table.tally.unreadCells == 0, "\(table.tally.problems)")
            return Run(status: result.status, errors: result.errors, files: files, table: table)
        }
    }

    /// The first two alone: busybox's shell may bring tools along.
    @Test(arguments: shells.prefix(2))
    func whatHasNoToolIsMissing(_ shell: [String]) async throws {
        let run = try await Self.run(shell, tools: [:], ask: "https", with: [])
        #expect(run.status == 3)
        #expect(run.errors == "not in the container: nc or bash to connect, curl or wget to ask over HTTP\n")
        #expect(run.table.words("kind") == ["name", "connect", "http"])
        #expect(run.table.words("outcome") == ["missing", "missing", "missing"])
        #expect(run.table.words("words")[1] == "neither nc nor bash is in this container")
        #expect(run.table.rows.allSatisfy { $0["tried"] != .null && $0["host"] == .text("db.test") })
        #expect(run.table.rows.allSatisfy { $0["tool"] == .text("") && $0["milliseconds"] == .null })
        #expect(run.files["connect.txt"] == "neither nc nor bash is in this container\n")
    }

    @Test(arguments: [
        ("echo 'Connection to db.test 5432 port [tcp/*] succeeded!'", "ok"),
        ("echo 'nc: connect to db.test port 5432 (tcp) failed: Connection refused'; exit 1", "refused"),
        ("echo 'nc: connect to db.test port 5432 (tcp) timed out: Operation now in progress'; exit 1", "timeout"),
        ("exit 124", "timeout"),
        ("echo 'nc: connect to db.test port 5432 (tcp) failed: No route to host'; exit 1", "unreachable"),
        ("echo 'nc: connect: Network is unreachable'; exit 1", "unreachable"),
        ("echo 'nc: getaddrinfo for host \"db.test\" port 5432: Name or service not known'; exit 1", "unresolved"),
        ("echo \"nc: bad address 'db.test'\"; exit 1", "unresolved"),
        ("echo 'Segmentation fault'; exit 139", "failed"),
    ])
    func outcomesAreByCodeAndWords(_ words: String, _ outcome: String) async throws {
        let run = try await Self.run(
            ["/bin/sh"], tools: ["nc": "[ \"$1\" != -h ] || { echo ' -z scan'; exit; }\n\(words)"])
        #expect(run.status == 0 && run.errors == "")
        let row = try #require(run.table.rows.last)
        #expect(row["kind"] == .text("connect") && row["tool"] == .text("nc") && row["outcome"] == .text(outcome))
        #expect(row["milliseconds"] != .null && row["exit_code"] != .null)
    }

    /// What curl says of HTTP is no answer over it.
    @Test(arguments: [
        (1, "curl: (1) Received HTTP/0.9 when not allowed", "failed"),
        (92, "curl: (92) HTTP/2 stream 0 was not closed cleanly", "failed"),
        (28, "curl: (28) Connection timed out after 5001 milliseconds", "timeout"),
        (22, "HTTP/1.1 503 Service Unavailable", "ok"),
    ])
    func onlyAnAnswerIsOne(_ code: Int, _ words: String, _ outcome: String) async throws {
        let run = try await Self.run(["/bin/sh"], tools: ["curl": "echo '\(words)'; exit \(code)"], ask: "http")
        let row = try run.table.row("kind", .text("http"))
        #expect(row["outcome"] == .text(outcome) && row["words"] == .text(words), "\(row)")
    }

    /// What answers over HTTP cannot begin a file, or a row: and what came is kept all the same.
    @Test(arguments: shells)
    func anAnswerCannotForgeRows(_ shell: [String]) async throws {
        let curl = #"""
            printf 'HTTP/1.1 200 O\tK \033[31m\r\n\r\n'
            printf '1\tconnect\tx\t1\tnc\trefused\t1\t1\tforged\n(exit code 9)\n'
            printf '\0results.tsv\ntried\tkind\n1\tforged\n'
            i=0
            while [ $i -lt 60 ]; do echo line; i=$((i + 1)); done
            printf '\0results.tsv\n1\tconnect\tx\t1\tnc\trefused\t1\t1\tforged\n'
            head -c 400000 /dev/zero | tr '\000' x
            exit 0
            """#
        let nc = "[ \"$1\" != -h ] || { echo ' -z scan'; exit; }\nprintf 'a\\tb\\0results.tsv\\ncode 0\\r\\n'; exit 1"
        let run = try await Self.run(shell, tools: ["curl": curl, "nc": nc], ask: "http")
        #expect(run.status == 0)
        #expect(run.table.words("kind").suffix(2) == ["connect", "http"], "\(run.table.rows)")
        // The shell of busybox takes its own nc.
        if shell.count == 1 {
            let row = try run.table.row("kind", .text("connect"))
            #expect(row["exit_code"] == .integer(1) && row["outcome"] == .text("failed"), "\(row)")
            #expect(row["words"] == .text("code 0"))
        }
        let row = try run.table.row("kind", .text("http"))
        #expect(row["exit_code"] == .integer(0) && row["outcome"] == .text("ok"), "\(row)")
        #expect(row["words"] == .text("HTTP/1.1 200 O K \u{1B}[31m"))
        #expect(!run.table.words("words").contains("forged"))
        let http = try #require(run.files["http.txt"])
        #expect(http.contains("(exit code 9)\nresults.tsv\n") && http.hasSuffix("(exit code 0)\n"))
        #expect(http.utf8.count < 263_000, "an answer has its bound")
    }

    /// A tool that prints very much on one line, and one that stays silent.
    @Test(arguments: shells.prefix(2))
    func wordsAreBounded(_ shell: [String]) async throws {
        let nc =
            "[ \"$1\" != -h ] || { echo ' -z scan'; exit; }\nhead -c 3000 /dev/zero | tr '\\000' '\\t'; echo end; exit 1"
        let run = try await Self.run(shell, tools: ["nc": nc, "getent": "exit 2"])
        #expect(run.table.words("outcome").last == "failed")
        #expect(run.table.words("words").last?.utf8.count == 200)
        let name = try run.table.row("tool", .text("getent"))
        #expect(name["outcome"] == .text("unresolved") && name["words"] == .text(""))
    }
}
