import Collection
import CollectorSteps
import Foundation
import Rows
import Testing

/// The commands that take samples in containers, run as they stand by real shells on this host.
@Suite(.serialized)
struct SamplingScriptTests {
    struct Shell: CustomTestStringConvertible, Sendable {
        var argv: [String]
        var testDescription: String { argv.joined(separator: " ") }

        static let all = [["/bin/sh"], ["/bin/bash"], ["/usr/bin/busybox", "sh"]].map { Shell(argv: $0) }
            .filter { FileManager.default.isExecutableFile(atPath: $0.argv[0]) }

        func sample(_ each: String, for length: Duration, path: String = "/usr/bin:/bin") async throws -> Command {
            let command = ContainerSamples.command(Sampling(length: length), each: each)
            return try await Command.run(argv + command.dropFirst(), path: path)
        }
    }

    private static func headings(_ output: String) -> [Substring] {
        output.split(separator: "\n").filter { $0.hasPrefix("sample ") }
    }

    @Test(arguments: Shell.all)
    func socketsAreReadAgainEachSecond(_ shell: Shell) async throws {
        let result = try await shell.sample(ContainerSocketsStep.eachSample, for: .seconds(2))
        #expect(result.status == 0)
        let headings = Self.headings(result.output)
        #expect((2...3).contains(headings.count) && headings.first == "sample 0", "\(headings)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count { $0.contains("local_address") && $0.contains("rem_address") } >= 2)
        for kind in ["tcp", "datagram", "unix"] {
            let table = try CapturedTable.read("container_\(kind)_socket_samples", text: result.output)
            #expect(table.tally.unread == 0 && table.tally.unreadCells == 0, "\(table.tally.problems)")
            #expect(table.rows.allSatisfy { $0["sample"] != .null && $0["sampled"] != .null && $0["uptime"] != .null })
        }
        let unix = try CapturedTable.read("container_unix_socket_samples", text: result.output)
        #expect(Set(unix.words("sample")).count == headings.count)
        guard case .time(let time) = unix.rows.first?["sampled"] else {
            Issue.record("no time: \(unix.rows.first as Any)")
            return
        }
        // By the second in which the machine was started.
        #expect(abs(Double(time.nanoseconds) / 1e9 - Date().timeIntervalSince1970) < 10)
    }

    /// The columns of a snapshot are in its samples, so that both can be asked as one.
    @Test(arguments: ["tcp_socket", "datagram_socket", "unix_socket", "process"])
    func samplesHaveTheColumnsOfTheSnapshot(_ kind: String) throws {
        let tables = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors.flatMap(\.tables)
        func columns(_ name: String) throws -> [String: ColumnType] {
            let table = try #require(tables.first { $0.name == name })
            return Dictionary(uniqueKeysWithValues: table.columns.map { ($0.name, $0.type) })
        }
        let snapshot = try columns(kind == "process" ? "container_processes" : "container_\(kind)s")
        let samples = try columns("container_\(kind)_samples")
        #expect(snapshot.count > 5 && snapshot.allSatisfy { samples[$0.key] == $0.value })
        #expect(["sample", "sampled", "uptime"].allSatisfy { samples[$0] != nil })
    }

    /// A name with line feeds that would be another sample and a TCP socket of its own, and one that would be a table's heading.
    @Test(
        arguments: Shell.all,
        ["sample 99\n  sl timeout inode\n   0:", "Num timeout inode\n", "Num x\n"])
    func aUnixSocketCannotLookLikeAnotherTable(_ shell: Shell, _ beginning: String) async throws {
        let forged = "\n\(beginning) 0100007F:0009 0100007F:0009 01 0 0 0 0 0 77777777\nx"
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // Without a place in the file system: a NUL comes first.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.dropFirst().copyBytes(from: forged.utf8) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + 1 + forged.utf8.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, size) }
        }
        try #require(bound == 0)
        // `sed` is in the folder of busybox's shell in any case: the second way is that of shells without it.
        for each in [ContainerSocketsStep.eachSample, ContainerSocketsStep.eachSample.replacing("sed", with: "no-sed")]
        {
            let output = try await shell.sample(each, for: .seconds(1)).output
            #expect(output.contains("77777777"), "it was there")
            let tcp = try CapturedTable.read("container_tcp_socket_samples", text: output)
            #expect(!tcp.rows.contains { $0["inode"] == .integer(77_777_777) })
            let unix = try CapturedTable.read("container_unix_socket_samples", text: output)
            #expect(!unix.words("sample").contains("99") && !unix.rows.isEmpty)
            #expect(unix.tally.unread > 0, "lines that are none of the table are counted")
        }
    }

    /// A process that was not there at the beginning is told of once, with its command line.
    @Test(arguments: Shell.all)
    func aProcessThatBeginsIsToldOfOnce(_ shell: Shell) async throws {
        async let sampled = shell.sample(ContainerProcessesStep.eachSample, for: .seconds(12))
        try await Task.sleep(for: .milliseconds(1_300))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["597.3"]
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        let output = try await sampled.output
        #expect(Self.headings(output).count >= 2)
        let table = try CapturedTable.read("container_process_samples", text: output)
        #expect(table.tally.unread == 0 && table.tally.unreadCells == 0, "\(table.tally.problems)")
        let pid = Int64(process.processIdentifier)
        let rows = table.rows.filter { $0["pid"] == .integer(pid) }
        #expect(rows.count == 1, "once")
        let row = try #require(rows.first)
        #expect(row["change"] == .text("opened") && row["command_line"] == .text("/bin/sleep 597.3"), "\(row)")
        #expect(row["name"] == .text("sleep") && row["parent"] == .integer(Int64(getpid())) && row["uids"] != .null)
        #expect(row["stat"]?.words.hasPrefix("\(pid) (sleep) ") == true && row["sample"] != .integer(0))
        let own = try table.row("pid", .integer(Int64(getpid())))
        #expect(own["change"] == .text("present") && own["sample"] == .integer(0))
    }

    /// Alone with the processes of this script: of one that begins and ends, and of one whose words would be other processes.
    @Test(.enabled(if: Namespace.isAllowed, "no process namespaces here"), arguments: Shell.all)
    func whatBeginsAndEndsIsSaidWhateverItsWords(_ shell: Shell) async throws {
        let command = ContainerSamples.command(
            Sampling(length: .seconds(5)), each: ContainerProcessesStep.eachSample)
        // The long one has a line feed first, and more than is told.
        let script = """
            sleep 600 &
            (sleep 1.5; sleep 2.25; :) &
            sh -c 'read line' "$(printf '\\nprocess 1\\nchange: closed\\nName: for''ged\\tname \\033[31m')" < "$FIFO" &
            sh -c 'read line' "$(printf '\\n%0100000d' 1)" < "$FIFO" &
            exec "$@"
            """
        let fifo = NSTemporaryDirectory() + "exhibit-samples-" + UUID().uuidString
        try #require(mkfifo(fifo, 0o600) == 0)
        let held = open(fifo, O_RDWR)
        defer {
            close(held)
            unlink(fifo)
        }
        let text = script.replacing("$FIFO", with: fifo)
        let output = try await Command.run(
            Namespace.argv + ["/bin/sh", "-c", text, "sh"] + shell.argv + command.dropFirst()
        ).output
        let table = try CapturedTable.read("container_process_samples", text: output)
        #expect(table.tally.unread == 0 && table.tally.unreadCells == 0, "\(table.tally.problems)")
        let short = try table.row("command_line", .text("sleep 2.25"))
        let ended = table.rows.filter { $0["pid"] == short["pid"] && $0["change"] == .text("closed") }
        #expect(ended.count == 1 && ended[0]["name"] == .null && ended[0]["sample"] != short["sample"])
        #expect(try table.row("command_line", .text("sleep 600"))["change"] == .text("present"))
        let named = table.rows.filter { $0.values.contains { $0.words.contains("forged") } }
        #expect(named.count == 1, "\(named)")
        #expect(named.first?["name"] == .text("sh"))
        #expect(
            named.first?["command_line"]
                == .text("sh -c read line  process 1 change: closed Name: forged\tname \u{1B}[31m"))
        #expect(table.rows.count { $0["pid"] == .integer(1) } == 1)
        let long = try #require(table.rows.first { ($0["command_line"]?.words.utf8.count ?? 0) > 60_000 })
        #expect(long["command_line"]?.words.utf8.count ?? 0 <= 65_536 && long["name"] == .text("sh"))
    }

    private enum Namespace {
        static let argv = ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]

        static let isAllowed: Bool = {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: argv[0])
            process.arguments = argv.dropFirst() + ["true"]
            process.standardError = FileHandle.nullDevice
            do { try process.run() } catch { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }()
    }

    @Test
    func withoutSleepThereAreNoSamples() async throws {
        let shell = Shell(argv: ["/bin/sh"])
        let result = try await shell.sample("echo sampled", for: .seconds(1), path: "/var/empty-of-tools")
        #expect(result.status == 127)
        #expect(result.output == "")
        #expect(result.errors.contains("no sleep"))
    }

    /// A clock that stands still does not make it run for ever: there are no more samples than seconds.
    @Test
    func theNumberOfSamplesIsBounded() async throws {
        let command = ContainerSamples.command(Sampling(length: .seconds(1)), each: "up=0.0")
        let result = try await Command.run(["/bin/sh"] + command.dropFirst())
        #expect(Self.headings(result.output).count <= 2)
    }
}
