import BundleFormat
import Collection
import CollectorSteps
import StructuredText
import Testing

/// The step kinds that dial from the operator's machine, as attempts of a run.
@Suite(.timeLimit(.minutes(1)))
struct ProbeStepTests {
    private static func definition(_ step: String, parameters: String = "") throws -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: "own.yaml", kinds: StepRegistry.kinds).decode(
            """
            {apiVersion: exhibit/v1, kind: Collector, metadata: {name: own, title: x}, scope: local, volatility: 9,
            \(parameters) steps: [\(step)]}
            """)
    }

    private static func attempts(_ step: String) throws -> [PlannedAttempt] {
        LocalCapture(catalog: CollectorCatalog([try definition(step)]), options: .init()).plan()
    }

    private static func results(_ step: String) async throws -> [StepResult] {
        var results: [StepResult] = []
        for attempt in try attempts(step) { results.append(try await StepResult.of { try await attempt.work($0) }) }
        return results
    }

    private func json(_ result: StepResult, _ path: String) throws -> JSONValue {
        try JSONValue(parsing: try #require(result.contents["data/local/own/" + path], "\(result.contents.keys)"))
    }

    @Test func eachAddressIsAnAttempt() throws {
        let attempts = try Self.attempts(
            #"{tcp: {addresses: ["a.example.org:1, b.example.org:2", "[2001:db8::1]:3"]}}"#)
        #expect(attempts.map(\.target.name) == ["a.example.org:1", "b.example.org:2", "[2001:db8::1]:3"])
        #expect(attempts.allSatisfy { $0.target.kind == "Local" && $0.source == .local && $0.step == "tcp" })
        #expect(try Self.attempts("{dns: {names: [\"a.example.org,b.example.org\"]}}").count == 2)
    }

    @Test(arguments: [
        "{tcp: {addresses: [example.org]}}", #"{tcp: {addresses: ["example.org:0"]}}"#,
        #"{tcp: {addresses: ["a:1,,b:2"]}}"#,
        #"{tcp: {addresses: ["https://example.org:443"]}}"#, #"{tcp: {addresses: ["user@example.org:443"]}}"#,
        #"{tcp: {addresses: ["a:1"], allow: [multicast]}}"#, #"{tls: {addresses: ["a:1"], allow: [private]}}"#,
        "{dns: {names: [a], types: [ANY]}}", "{tls: {name: a}}",
    ])
    func whatCannotBeMeantIsRefused(step: String) {
        #expect(throws: DefinitionError.self) { try Self.definition(step) }
    }

    @Test func aParametersValueIsJudgedBeforeAnythingIsDialled() throws {
        let definition = try Self.definition(
            "{tls: {addresses: [{parameter: addresses}]}}",
            parameters: "parameters: {addresses: {type: text, title: x}},")
        let resolved = try definition.resolving(["addresses": "a.example.org:1,b.example.org:2"])
        let plan = LocalCapture(catalog: CollectorCatalog([resolved]), options: .init()).plan()
        #expect(plan.map(\.target.name) == ["a.example.org:1", "b.example.org:2"])
        for value in ["a.example.org", "a b:1", "a:99999", "-a"] {
            #expect(throws: SelectionError.self) { try definition.resolving(["addresses": value]) }
        }
    }

    @Test func thisMachineIsNotDialledUnlessAllowed() async throws {
        for address in [
            "127.0.0.1:1", "[::1]:1", "localhost:1", "[::ffff:127.0.0.1]:1", "169.254.169.254:80", "0.0.0.0:1",
        ] {
            let result = try #require(try await Self.results(#"{tcp: {addresses: ["\#(address)"]}}"#).first)
            #expect(result.line.state == .denied && result.line.reason?.code == "AddressRefused", "\(result.line)")
            #expect(!result.line.entries.isEmpty, "what was judged is in the bundle")
            let tls = try #require(try await Self.results(#"{tls: {addresses: ["\#(address)"]}}"#).first)
            #expect(tls.line.state == .denied, "\(tls.line)")
        }
        let allowed = try #require(
            try await Self.results(#"{tcp: {addresses: ["127.0.0.1:1"], allow: [loopback]}}"#).first)
        #expect(allowed.line.state == .error && allowed.line.reason?.code == "ConnectionRefused", "\(allowed.line)")
        let dialled = try json(allowed, "tcp/127.0.0.1_1.json")["dialled"]?[0]
        #expect(dialled?["connected"]?.bool == false && dialled?["class"]?.string == "loopback")
        let server = try #require(
            try await Self.results(#"{dns: {names: [a.example.org], servers: ["127.0.0.1:1"]}}"#).first)
        #expect(server.line.state == .denied, "\(server.line)")
    }

    @Test func whatIsDialledIsALineOfCustody() async throws {
        func details(_ step: String) async throws -> [JSONObject] {
            try await Self.results(step).flatMap(\.custody).filter { $0.action == .dial }.map(\.detail)
        }
        for kind in ["tcp", "tls"] {
            let lines = try await details(#"{\#(kind): {addresses: ["127.0.0.1:1"], allow: [loopback]}}"#)
            #expect(lines == [["protocol": .string(kind), "address": "127.0.0.1:1"]])
        }
        let lines = try await details(
            #"{dns: {names: [localhost], servers: ["127.0.0.1:1", "127.0.0.2:1"], types: [A], allow: [loopback]}}"#)
        #expect(
            lines
                == ["127.0.0.1:1", "127.0.0.2:1"].map {
                    ["protocol": "dns", "server": .string($0), "name": "localhost", "types": ["A"]]
                })
    }

    @Test func aHundredNamesAreAskedFor() async throws {
        let names = (1...102).map { "n\($0).example.org" }.joined(separator: ",")
        let attempts = try Self.attempts("{dns: {names: [\"\(names)\"]}}")
        #expect(attempts.count == 101 && attempts.last?.target.name == "2 more names")
        let last = try #require(attempts.last)
        let result = try await StepResult.of { try await last.work($0) }
        #expect(result.line.state == .error && result.line.reason?.code == "TooManyNames", "\(result.line)")
    }

    @Test func whatIsNoHostIsAnError() async throws {
        for address in ["2130706433:80", "0x7f.1:80", "127.1:80", "a..b:80"] {
            let result = try #require(try await Self.results(#"{tcp: {addresses: ["\#(address)"]}}"#).first)
            #expect(result.line.state == .error && result.line.reason?.code == "BadTarget", "\(result.line)")
        }
    }

    @Test func aNameServerThatIsNotThereLeavesTheSystemsAnswer() async throws {
        let result = try #require(
            try await Self.results(
                #"{dns: {names: [localhost], servers: ["127.0.0.1:1"], types: [A], allow: [loopback]}}"#
            ).first)
        #expect(result.line.state == .error || result.line.state == .timeout, "\(result.line)")
        let record = try json(result, "dns/localhost.json")
        #expect(record["system"]?["addresses"]?.array?.isEmpty == false)
        #expect(record["answers"]?[0]?["failure"] != nil)
    }
}
