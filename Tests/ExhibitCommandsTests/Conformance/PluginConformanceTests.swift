import Foundation
import Testing

/// `exhibit collectors test --conformance`: the author of a plugin is told which of the faults it has.
@Suite(.needsBinary)
struct PluginConformanceTests {
    private struct Report: Decodable {
        struct Plugin: Decodable {
            struct Finding: Decodable {
                let fault: String
                let conforms: Bool
                let words: String?
            }

            let plugin: String
            let findings: [Finding]
        }

        let plugins: [Plugin]
        let exitCode: Int32
    }

    private static func judge(
        _ script: String, arguments: [String] = [], seconds: Int = 10, expecting code: Int32
    ) async throws -> [Report.Plugin.Finding] {
        try await Scratch.withFolder { folder in
            let allowed = try await BadPlugin.write(script, in: folder)
            let argv = ([BadPlugin.path(in: folder)] + arguments).map { "\"\($0)\"" }.joined(separator: ", ")
            try Files.write(
                """
                {apiVersion: exhibit/v1, kind: Collector, metadata: {name: own, title: x}, scope: local, volatility: 9,
                steps: [{plugin: {argv: [\(argv)]}, limits: {timeout: \(seconds)s, bytes: 64KiB}}]}
                """, to: folder + "/own.yaml")
            chmod(folder + "/own.yaml", 0o644)
            let command = ["collectors", "test", folder + "/own.yaml", "--allow-plugin", allowed, "--conformance"]
            let outcome = try await Exhibit.expect(code, command + ["--output", "json"])
            let report = try outcome.json(Report.self)
            #expect(report.exitCode == code && report.plugins.count == 1)
            let findings = try #require(report.plugins.first?.findings)
            #expect(
                findings.map(\.fault) == ["bad output", "endless output", "no output", "hang", "crash", "bad names"])
            #expect(findings.allSatisfy { $0.conforms == ($0.words == nil) })
            #expect(findings.allSatisfy { FaultRun.isPlain($0.words ?? "") })
            if code != Exhibit.Code.ok, seconds > 1 {
                let text = try await Exhibit.expect(code, command).text
                #expect(text.contains("FAULT") && FaultRun.isPlain(text), "\(text)")
            }
            return findings
        }
    }

    @Test(.needsTool("python3")) func theExampleInPythonConforms() async throws {
        let script = try Files.text(CollectorsTests.checkout + "/docs/example-plugin.py")
        let findings = try await Self.judge(script, arguments: ["localhost"], expecting: Exhibit.Code.ok)
        #expect(findings.allSatisfy { $0.conforms })
    }

    /// Words that its author is told, beside what it was asked.
    private static let words: [StepFault: String] = [
        .badOutput: "is not a tar stream", .endlessOutput: "more than limits.bytes (65536)",
        .noOutput: "gave no file", .hang: "did not end within", .crash: "ended by signal 11",
        .badNames: "must be UTF-8",
    ]

    @Test(arguments: StepFault.allCases) func aPluginWith(_ fault: StepFault) async throws {
        let findings = try await Self.judge(
            BadPlugin.script(fault), seconds: fault == .hang ? 1 : 10, expecting: Exhibit.Code.collectorFailed)
        let found = try #require(findings.first { $0.fault == fault.rawValue })
        let words = try #require(found.words, "\(findings)")
        #expect(words.contains(Self.words[fault] ?? "?"), "\(words)")
        #expect(words.contains("asked as collect asks it"), "\(words)")
        let others = findings.filter { $0.fault != fault.rawValue && !$0.conforms }
        #expect(others.isEmpty, "\(others)")
    }

    /// What only shows when it is asked in another way than today's.
    @Test(arguments: [
        ("case $(cat) in *later*) exit 4 ;; esac", "crash", "members that it does not know"),
        ("test -n \"$(cat)\" || sleep 1000", "hang", "nothing on its standard input"),
    ])
    func aPluginThatIsParticular(_ start: String, fault: String, words: String) async throws {
        let script = "#!/bin/sh\n\(start)\ncd \"$(mktemp -d)\" && echo one > a && tar -c --format=ustar a\n"
        let findings = try await Self.judge(
            script, seconds: fault == "hang" ? 1 : 10, expecting: Exhibit.Code.collectorFailed)
        #expect(findings.filter { !$0.conforms }.map(\.fault) == [fault])
        #expect(findings.first { $0.fault == fault }?.words?.contains(words) == true, "\(findings)")
    }

    /// Two faults at once are both told.
    @Test func aPluginThatPrintsTextAndFails() async throws {
        let findings = try await Self.judge(
            "#!/bin/sh\necho some text\nexit 3\n", expecting: Exhibit.Code.collectorFailed)
        #expect(findings.filter { !$0.conforms }.map(\.fault) == ["bad output", "crash"])
    }

    @Test func whatHasNoPluginCannotBeJudged() async throws {
        let outcome = try await Exhibit.expect(
            Exhibit.Code.usage, ["collectors", "test", "host-mounts", "--conformance"])
        outcome.expectMessage("no step plugin")
    }
}
