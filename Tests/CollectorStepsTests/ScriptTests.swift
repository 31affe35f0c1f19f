import Collection
import CollectorSteps
import Foundation
import Rows
import Testing

/// The fixed scripts and recipes, run as they stand by real shells and tools on this host.
@Suite(.serialized)
struct ScriptTests {
    struct Shell: CustomTestStringConvertible, Sendable {
        var argv: [String]
        var path = "/usr/bin:/bin"
        var testDescription: String { argv.joined(separator: " ") + " PATH=\(path)" }

        func run(_ script: String) async throws -> Command { try await Command.run(argv + ["-c", script], path: path) }
        var isThere: Bool { FileManager.default.isExecutableFile(atPath: argv[0]) }
    }

    /// `/var/empty-of-tools` does not exist: only the shell's own words are left. (busybox brings its tools along.)
    private static let nowhere = "/var/empty-of-tools"
    private static let full = [
        Shell(argv: ["/bin/sh"]), Shell(argv: ["/bin/bash"]), Shell(argv: ["/usr/bin/busybox", "sh"]),
    ].filter(\.isThere)
    private static let bare = [Shell(argv: ["/bin/sh"], path: nowhere), Shell(argv: ["/bin/bash"], path: nowhere)]
        .filter(\.isThere)

    @Test(arguments: Array(bare.prefix(1)) + full.dropFirst())
    func socketsByTheShellsOwnWords(_ shell: Shell) async throws {
        let result = try await shell.run(ContainerSocketsStep.builtins)
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains { $0.contains("local_address") && $0.contains("rem_address") })
        #expect(
            lines.contains { $0.hasPrefix("Num ") && $0.contains("RefCount") },
            "unix sockets have a heading of their own")
        // Byte for byte what the table says: its heading keeps the leading blanks.
        let heading = try #require(
            try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n").first)
        #expect(lines.first == heading)
    }

    @Test
    func socketsByCat() async throws {
        let result = try await Command.run(["/bin/cat"] + ContainerSocketsStep.tables)
        #expect([0, 1].contains(result.status))
        #expect(result.output.contains("local_address"))
    }

    /// A process with an argument that has a blank and a line feed, for as long as `body` takes.
    private static func withProcess(_ body: (String) async throws -> Void) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "read line", "exhibit marker", "two\nlines"]
        process.environment = ["SECRET_OF_THE_ENVIRONMENT": "must-not-be-read"]
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        defer {
            try? pipe.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        try await body("\(process.processIdentifier)")
    }

    @Test(arguments: full)
    func processesWithTools(_ shell: Shell) async throws {
        try await Self.withProcess { identifier in
            let result = try await shell.run(ContainerProcessesStep.script)
            #expect([0, 1, 2].contains(result.status))
            let start = try #require(result.output.range(of: "process \(identifier)\nstat: \(identifier) (sh)"))
            let rest = result.output[start.lowerBound...]
            let end = rest.dropFirst(1).range(of: "\nprocess ")?.lowerBound ?? rest.endIndex
            let block = rest[..<end]
            #expect(block.contains("cmdline: /bin/sh -c read line exhibit marker two lines "))
            for heading in ["\nstatus:\nName:", "\nlinks:\n", "\nfd:\n"] {
                #expect(block.contains(heading), "\(heading)")
            }
            #expect(block.contains("/exe -> "))
            #expect(block.contains(" 0 -> pipe:["))
            // Its lines of ls become rows, whosever ls it is.
            let files = try CapturedTable.read("container_open_files", text: block)
            #expect(files.tally.unread == 0 && files.tally.unreadCells == 0, "\(files.tally.problems)")
            let input = try files.row("fd", .integer(0))
            let pipe = try #require(block.firstMatch(of: /0 -> pipe:\[([0-9]+)\]/)?.output.1)
            #expect(input["pid"]?.words == identifier && input["inode"]?.words == String(pipe))
            let links = try CapturedTable.read("container_process_links", text: block)
            #expect(Set(links.words("link")) == Set(["exe", "cwd", "root"].map { "/proc/\(identifier)/\($0)" }))
            #expect(links.tally.unread == 0)
            #expect(!result.output.contains("must-not-be-read"), "environments hold secrets")
        }
    }

    /// On a host with many processes its time for hashes may be over before it comes to this one.
    @Test(arguments: [full.first, full.last].compactMap(\.self))
    func executablesAndNamesOfEnvironments(_ shell: Shell) async throws {
        try await Self.withProcess { identifier in
            let result = try await shell.run(ContainerProcessesStep.detailScript)
            #expect([0, 3].contains(result.status) && (result.status == 0) == result.errors.isEmpty)
            let parts = result.output.components(separatedBy: "\0executables.tsv\n")
            try #require(parts.count == 2)
            #expect(parts[0].contains("\(identifier)\tSECRET_OF_THE_ENVIRONMENT\n"))
            let row = try #require(parts[1].split(separator: "\n").first { $0.hasPrefix("\(identifier)\t") })
            let fields = row.split(separator: "\t", omittingEmptySubsequences: false)
            #expect(fields.count == 8 && fields[6] == "no" && fields[7].hasSuffix("sh"), "\(row)")
            if fields[2] == "" {
                let hash = try await Command.run(["/usr/bin/sha256sum", String(fields[7])])
                #expect(hash.output.hasPrefix(fields[1]) && fields[1].utf8.count == 64)
            } else {
                #expect(fields[2] == "too late" || fields[2] == "too many", "\(row)")
            }
            #expect(!result.output.contains("must-not-be-read"), "values stay")
        }
    }

    /// Who may not read of a process what it runs has a row for it all the same, and an exit code that says so.
    @Test(.enabled(if: geteuid() == 0, "only root can run it as another user"))
    func executablesThatMayNotBeReadAreSaid() async throws {
        let result = try await Command.run([
            "/usr/bin/setpriv", "--reuid", "65534", "--clear-groups", "/bin/sh", "-c",
            ContainerProcessesStep.detailScript,
        ])
        #expect(result.status == 3 && result.errors.contains("unreadable"))
        let rows = result.output.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(rows.contains { $0.count == 8 && $0[0] == "\(getpid())" && $0[1] == "" && $0[2] == "unreadable" })
    }

    @Test(arguments: bare)
    func withoutToolsThereIsNothingOfExecutables(_ shell: Shell) async throws {
        let result = try await shell.run(ContainerProcessesStep.detailScript)
        #expect(result.status == 3 && result.output == "\0executables.tsv\n")
        #expect(result.errors.contains("no ls, readlink or tr"))
    }

    /// One shell: reading byte by byte, as shells do, takes its time with all processes of a host.
    @Test(arguments: bare.prefix(1))
    func processesByTheShellsOwnWords(_ shell: Shell) async throws {
        try await Self.withProcess { identifier in
            let result = try await shell.run(ContainerProcessesStep.script)
            #expect([0, 1, 2].contains(result.status))
            #expect(result.output.contains("process \(identifier)\nstat: \(identifier) (sh)"))
            #expect(result.output.contains("exhibit marker"))
            #expect(result.output.contains("status:\nName:\tsh\n"))
            #expect(!result.output.contains("\nlinks:\n"))
            #expect(!result.output.contains("must-not-be-read"))
        }
    }

    /// A process's name is in `stat` as it was given, line feeds and all.
    @Test(arguments: [
        ContainerProcessesStep.script, ContainerProcessesStep.script.replacing("for t in cat", with: "for t in no-cat"),
    ])
    func aNameCannotLookLikeAnotherProcess(_ script: String) async throws {
        let named = try Process.run(
            URL(fileURLWithPath: "/usr/bin/env"),
            arguments: [
                "python3", "-c",
                #"open("/proc/self/comm", "w").write("\nprocess 1\n"); import time; time.sleep(597)"#,
            ])
        defer { kill(named.processIdentifier, SIGKILL) }
        let (stat, name) = ("/proc/\(named.processIdentifier)/stat", "(\nprocess 1\n)")
        for _ in 0..<500 {
            if try String(contentsOfFile: stat, encoding: .utf8).contains(name) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        try #require(try String(contentsOfFile: stat, encoding: .utf8).contains(name))
        let output = try await Command.run(["/bin/sh", "-c", script]).output
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.contains { $0.hasPrefix("stat: \(named.processIdentifier) ( process 1 ) ") })
        #expect(lines.count { $0 == "process 1" } == 1, "the first process, which is that of this machine")
    }

    /// The script of collectors/container-state.yaml.
    private static func stateScript() throws -> String {
        let catalog = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        let collector = try #require(catalog.collectors.first { $0.name == "container-state" })
        return try #require(collector.steps.first { $0.output == "state.txt" }?.texts("argv").last)
    }

    @Test(arguments: full)
    func stateWithTools(_ shell: Shell) async throws {
        let result = try await shell.run(Self.stateScript())
        #expect(result.status == 0)
        for heading in ["/proc/uptime", "id", "/proc/self/status", "/etc/os-release", "/proc/self/mountinfo", "df -kP"]
        {
            #expect(result.output.contains("==> \(heading) <==\n"), "\(heading)")
        }
        let version = try #require(result.output.firstMatch(of: /\nlibc6(:[a-z0-9]+)?\t[0-9]/), "installed packages")
        #expect(!version.output.0.isEmpty)
        #expect(result.errors == "")
    }

    /// With a df that fails, as one does whose file system does not answer.
    @Test(arguments: full)
    func whatFailsOfTheStateIsSaid(_ shell: Shell) async throws {
        try await withFolder { folder in
            try "#!/bin/sh\necho some\nexit 3\n".write(toFile: folder + "/df", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/df")
            // busybox would take its own df.
            let script = try Self.stateScript().replacingOccurrences(of: "run df", with: "run \(folder)/df")
            let result = try await shell.run(script)
            #expect(result.status == 1)
            #expect(result.output.contains("==> \(folder)/df -kP <==\nsome\n"), "what came is kept")
            #expect(result.output.contains("==> /proc/self/status <==\n"))
            #expect(result.errors == "not whole: \(folder)/df -kP (3), \(folder)/df -iP (3)\n")
        }
    }

    @Test(arguments: bare)
    func stateByTheShellsOwnWords(_ shell: Shell) async throws {
        let result = try await shell.run(Self.stateScript())
        #expect(result.status == 0)
        #expect(result.output.contains("==> /proc/self/status <==\nName:\t"))
        #expect(result.output.contains("==> /proc/self/mountinfo <==\n"))
        #expect(!result.output.contains("==> df"))
    }
}
