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

    private static func headings(_ output: String) -> [Substring] {
        output.split(separator: "\n").filter { $0.hasPrefix("sample ") }
    }

    @Test(arguments: Shell.all)
    func socketsAreReadAgainEachSecond(_ shell: Shell) async throws {
        let result = try await shell.sample(ContainerSocketsStep.eachSample, for: .seconds(2))
        #expect(result.status == 0)
        let headings = Self.headings(result.output)
        #expect((2...3).contains(headings.count), "\(headings)")
        #expect(headings.first?.wholeMatch(of: /sample 0 uptime [0-9]+\.[0-9]+/) != nil)
        #expect(
            result.output.split(separator: "\n").count { $0.contains("local_address") && $0.contains("rem_address") }
                >= 2)
    }

    /// A process that was not there at the beginning is told of once, with its command line; then by its number alone.
    @Test(arguments: Shell.all)
    func aProcessThatBeginsIsToldOfOnce(_ shell: Shell) async throws {
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
        #expect(told.count == 2, "once")
        #expect(told.last?.hasPrefix("stat: \(pid) (sleep) ") == true)
        #expect(told.last?.contains("cmdline: /bin/sleep 597.3 ") == true)
        let listed = output.split(separator: "\n").filter { $0.hasPrefix("processes ") }
        #expect(listed.count >= 3)
        #expect(listed.last?.contains(" \(pid):") == true)
        #expect(listed.first?.contains(" \(pid):") == false)
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
