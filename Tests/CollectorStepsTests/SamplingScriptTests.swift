import CollectorSteps
import Foundation
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

    /// By every shell at once: what takes seconds is that they wait.
    private static func byEachShell(_ body: @escaping @Sendable (Shell) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shell in Shell.all { group.addTask { try await body(shell) } }
            try await group.waitForAll()
        }
    }

    private static func headings(_ output: String) -> [Substring] {
        output.split(separator: "\n").filter { $0.hasPrefix("sample ") }
    }

    @Test
    func socketsAreReadAgainEachSecond() async throws {
        try await Self.byEachShell { shell in
            let result = try await shell.sample(ContainerSocketsStep.eachSample, for: .seconds(2))
            #expect(result.status == 0, "\(shell)")
            let headings = Self.headings(result.output)
            #expect((2...3).contains(headings.count), "\(shell): \(headings)")
            #expect(headings.first?.wholeMatch(of: /sample 0 uptime [0-9]+\.[0-9]+/) != nil, "\(shell)")
            let tables = result.output.split(separator: "\n").count {
                $0.contains("local_address") && $0.contains("rem_address")
            }
            #expect(tables >= 2, "\(shell)")
        }
    }

    /// A process that was not there at the beginning is told of once, with its command line; then by its number alone.
    @Test
    func aProcessThatBeginsIsToldOfOnce() async throws {
        try await Self.byEachShell { shell in
            async let sampled = shell.sample(ContainerProcessesStep.eachSample, for: .seconds(4))
            try await Task.sleep(for: .milliseconds(1_300))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sleep")
            process.arguments = ["597.3"]
            try process.run()
            defer { kill(process.processIdentifier, SIGKILL) }
            let output = try await sampled.output
            let pid = process.processIdentifier
            let told = output.components(separatedBy: "\nprocess \(pid)\n")
            #expect(told.count == 2, "\(shell): once")
            #expect(told.last?.hasPrefix("stat: \(pid) (sleep) ") == true, "\(shell)")
            #expect(told.last?.contains("cmdline: /bin/sleep 597.3 ") == true, "\(shell)")
            let listed = output.split(separator: "\n").filter { $0.hasPrefix("processes ") }
            #expect(listed.count >= 3, "\(shell)")
            #expect(listed.last?.contains(" \(pid):") == true, "\(shell)")
            #expect(listed.first?.contains(" \(pid):") == false, "\(shell)")
        }
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
