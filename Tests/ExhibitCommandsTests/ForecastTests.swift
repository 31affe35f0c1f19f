import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// What `doctor` and `collect --dry-run` say of what runs on the operator's machine: it must be what a capture then meets.
@Suite(.needsBinary)
struct ForecastTests {
    struct Forecast: Decodable {
        struct Group: Decodable {
            let verdict: String
            let code: String?
            let reason: String?
            let targets: [LedgerLine.Target]
        }

        struct Step: Decodable {
            let collector: String
            let step: String
            let attempts: Int
            let possible: Int
            let limitBytes: UInt64
            let verdicts: [Group]
            let leadsTo: String?
        }

        struct Size: Decodable {
            struct Share: Decodable {
                let collector: String
                let limitBytes: UInt64
                let ownLimitBytes: UInt64?
            }

            let limitBytes: UInt64
            let maxSizeBytes: UInt64?
            let collectors: [Share]
        }

        let steps: [Step]
        let size: Size
        let exitCode: Int32

        /// What is said of one target of a collector's step.
        func verdict(_ collector: String, _ step: String, _ target: String? = nil) -> Group? {
            steps.filter { $0.collector == collector && $0.step == step }.flatMap(\.verdicts)
                .first { group in group.targets.contains { $0.name == target } }
        }
    }

    /// A collector of scope `local` in a file of its own; of a host nothing else is asked for than its name.
    private static func own(_ steps: String, limits: String = "") -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: own, title: x}
        scope: local
        volatility: 9
        \(limits)
        steps:
        \(steps)
        """
    }

    private static let only = [
        "host", "--with", "own", "--without", "host-*", "--output", "json", "--no-config",
    ]

    static func forecast(
        _ command: [String], _ arguments: [String],
        expecting codes: Set<Int32> = [0, Exhibit.Code.wouldHaveGaps],
        environment: [String: String] = [:], folder: String? = nil
    ) async throws -> Forecast {
        let outcome = try await Exhibit.run(
            command + arguments, environment: environment, folder: folder)
        #expect(codes.contains(outcome.status), "\(outcome.summary)")
        return try outcome.json(Forecast.self)
    }

    private static let dryRun = ["collect", "--dry-run"]

    /// Every end that shows before is foretold as the ledger then has it.
    @Test(arguments: [["--allow-plugin", "/bin/true@\(String(repeating: "0", count: 64))"], []])
    func whatCannotRunHereIsSaid(allowed: [String]) async throws {
        try await Scratch.withFolder { folder in
            try Files.write("not executable", to: folder + "/plain")
            try Files.write(
                Self.own(
                    """
                      - command: {argv: [no-such-program-of-anybody]}
                        output: none.txt
                      - command: {argv: [\(folder)/plain]}
                        output: plain.txt
                      - command: {argv: [echo, here]}
                        output: echo.txt
                      - plugin: {argv: [/bin/true]}
                      - tcp: {addresses: ["127.0.0.1:9", "0.0.0.0:9", "no-such-host.invalid:80", "localhost:9"]}
                      - tls: {addresses: ["169.254.169.254:443"]}
                      - http: {url: "https://192.0.2.1/", headers: {Authorization: {environment: EXHIBIT_NOT_SET}}}
                        output: secret.txt
                      - http: {url: "http://192.0.2.1/", headers: {Authorization: {environment: EXHIBIT_SET}}}
                        output: plain-secret.txt
                      - http: {url: "http://127.0.0.1/"}
                        output: loopback.txt
                      - dns: {names: [a_b.example, "a..b"], servers: ["127.0.0.1"]}
                    """), to: folder + "/own.yaml")
            let arguments = Self.only + ["--collectors", folder] + allowed
            let environment = ["EXHIBIT_SET": "secret"]
            let forecast = try await Self.forecast(
                Self.dryRun, arguments, expecting: [Exhibit.Code.wouldHaveGaps], environment: environment)
            let run = try await CollectRun.run(
                arguments.filter { $0 != "--output" && $0 != "json" }, environment: environment)
            let ledger = try await run.capture().ledger().filter { $0.collector == "own" }
            #expect(ledger.count == 14, "\(ledger.map(\.step))")
            for line in ledger {
                let said = try #require(
                    forecast.verdict("own", line.step, line.target.name),
                    "\(line.step) \(line.target.name ?? "")")
                if line.state == "ok" || line.state == "empty" {
                    #expect(said.verdict == "possible", "\(line)")
                } else {
                    #expect(said.verdict == line.state && said.code == line.reason?.code, "\(said) \(line)")
                    // Of several addresses the ledger has the last.
                    if line.target.name?.hasPrefix("localhost") != true {
                        #expect(said.reason == line.reason?.message, "\(line)")
                    }
                }
            }
            let codes = Set(ledger.compactMap { $0.reason?.code })
            let all = [
                "NoProgram", "NotExecutable", "NotAllowed", "AddressRefused", "NotResolved", "NoVariable", "Plaintext",
                "BadTarget",
            ]
            #expect(codes.isSuperset(of: all), "\(codes)")
            #expect(ledger.filter { $0.state == "ok" }.map(\.step) == ["command echo.txt"])
        }
    }

    @Test func aPluginThatIsTheOneMayRun() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/plugin"
            try Files.write("#!/bin/sh\nexit 0\n", to: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            let sum = try await Tool.run("sha256sum", [path]).text.prefix(64)
            try Files.write(Self.own("  - plugin: {argv: [\(path)]}"), to: folder + "/own.yaml")
            let arguments = Self.only + ["--collectors", folder, "--allow-plugin", "\(path)@\(sum)"]
            let before = try await Self.forecast(Self.dryRun, arguments)
            #expect(before.verdict("own", "plugin")?.verdict == "possible")
            try Files.write("#!/bin/sh\nexit 1\n", to: path)
            let after = try await Self.forecast(
                Self.dryRun, arguments, expecting: [Exhibit.Code.wouldHaveGaps])
            let said = try #require(after.verdict("own", "plugin"))
            #expect(said.verdict == "denied" && said.code == "NotAllowed")
            #expect(said.reason?.contains("another than was allowed") == true)
        }
    }

    /// `doctor` connects, and sends nothing; a dry run leaves others alone. Who drops what is sent there costs seconds.
    @Test func onlyDoctorConnects() async throws {
        let hole = try BlackHole()
        let received = Received()
        let listener = try Listener { connection in
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(connection, &bytes, bytes.count)
            received.counts.withLock { $0.append(count) }
        }
        defer { listener.stop() }
        try await Scratch.withFolder { folder in
            let closed = try Listener.unusedPort()
            let addresses = [listener.port, closed, hole.port].map { "\"127.0.0.1:\($0)\"" }.joined(
                separator: ", ")
            try Files.write(
                Self.own(
                    """
                      - tcp: {addresses: [\(addresses)], allow: [loopback]}
                      - http: {url: "http://127.0.0.1:\(closed)/", allow: [loopback]}
                        output: a.txt
                    """), to: folder + "/own.yaml")
            let arguments = Self.only + ["--collectors", folder]
            let dry = try await Self.forecast(Self.dryRun, arguments)
            #expect(dry.steps.filter { $0.collector == "own" }.allSatisfy { $0.possible == $0.attempts })
            #expect(received.counts.withLock { $0 }.isEmpty)
            let begun = ContinuousClock.now
            let doctor = try await Self.forecast(
                ["doctor"], arguments, expecting: [Exhibit.Code.wouldHaveGaps])
            #expect(ContinuousClock.now - begun < .seconds(20), "the step itself has 30 s")
            #expect(doctor.verdict("own", "tcp", "127.0.0.1:\(listener.port)")?.verdict == "possible")
            let refused = try #require(doctor.verdict("own", "tcp", "127.0.0.1:\(closed)"))
            #expect(refused.verdict == "error" && refused.code == "ConnectionRefused")
            let silent = try #require(doctor.verdict("own", "tcp", "127.0.0.1:\(hole.port)"))
            #expect(silent.verdict == "unknown" && silent.reason == "no answer within 4 s")
            #expect(
                doctor.verdict("own", "http a.txt", "http://127.0.0.1:\(closed)/")?.code
                    == "ConnectionRefused")
            #expect(received.counts.withLock { $0 } == [0], "one connection, over which nothing came")
        }
    }

    private final class Received: Sendable {
        let counts = Mutex<[Int]>([])
    }

    /// Limits are added up, for each collector within its own.
    @Test func howBigItMayGet() async throws {
        try await Scratch.withFolder { folder in
            let steps = """
                  - tcp: {addresses: ["192.0.2.1:1", "192.0.2.1:2", "127.0.0.1:3"]}
                    limits: {bytes: 1MiB}
                  - command: {argv: [echo, a]}
                    output: a.txt
                    limits: {bytes: 3MiB}
                """
            for (limits, bytes, own) in [("", 5 << 20, nil), ("limits: {bytes: 4MiB}", 4 << 20, 4 << 20)]
                as [(String, UInt64, UInt64?)]
            {
                try Files.write(Self.own(steps, limits: limits), to: folder + "/own.yaml")
                let forecast = try await Self.forecast(
                    Self.dryRun, Self.only + ["--collectors", folder, "--max-size", "8MiB"])
                let share = try #require(forecast.size.collectors.first { $0.collector == "own" })
                #expect(share.limitBytes == bytes && share.ownLimitBytes == own)
                #expect(
                    forecast.size.limitBytes == forecast.size.collectors.reduce(0) { $0 + $1.limitBytes })
                #expect(forecast.size.maxSizeBytes == 8 << 20)
                #expect(
                    forecast.steps.filter { $0.collector == "own" }.map(\.limitBytes) == [1 << 20, 3 << 20])
            }
            let text = try await Exhibit.expect(
                Exhibit.Code.wouldHaveGaps,
                [
                    "collect", "--dry-run", "host", "--with", "own", "--without", "host-*", "--collectors",
                    folder,
                ])
            for part in [
                "at most        4.00 MiB before compression", "Not possible, or not known:",
                "  denied (AddressRefused), own: 127.0.0.1:3\n", "allow: [loopback]",
            ] { #expect(text.text.contains(part), "\(part): \(text.text)") }
            let limited = try await Self.forecast(
                ["doctor"], Self.only + ["--collectors", folder, "--max-size", "9MiB"])
            #expect(limited.size.maxSizeBytes == 9 << 20)
            // What counts is said first.
            for (size, words) in [
                ("9MiB", "4.00 MiB before compression, the sum of all limits: usually far less, within this run's"),
                ("4MiB", "4.00 MiB before compression"),
                ("5MiB", "5.00 MiB, this run's limit (--max-size); without it 5.00 GiB before compression"),
            ] {
                let own = size == "5MiB" ? steps.replacing("3MiB", with: "5119MiB") : steps
                try Files.write(
                    Self.own(own, limits: size == "5MiB" ? "" : "limits: {bytes: 4MiB}"), to: folder + "/own.yaml")
                let text = try await Exhibit.run(
                    [
                        "collect", "--dry-run", "host", "--with", "own", "--without", "host-*", "--collectors", folder,
                        "--max-size", size,
                    ])
                #expect(text.text.contains("at most        \(words)"), "\(size): \(text.text)")
            }
        }
    }
}
