import Foundation
import Testing

/// `exhibit collectors`, as somebody uses it who writes one.
@Suite(.needsBinary)
struct CollectorsTests {
    /// What `collectors list --output json` says.
    struct Catalog: Decodable {
        struct Collector: Decodable {
            let name: String
            let title: String
            let scope: String
            let volatility: Int
            let steps: [String]
        }

        let collectors: [Collector]

        static func read() async throws -> [Collector] {
            try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "list", "--output", "json"]).json(Catalog.self)
                .collectors
        }
    }

    /// What `collectors show NAME --output json` says.
    struct Decoded: Decodable {
        struct Step: Decodable {
            struct Limits: Decodable {
                let timeoutSeconds: Int
                let bytes: Int
            }

            let kind: String
            let output: String?
            let limits: Limits
            let source: String
            let runsInTarget: Bool
            let writes: [String]
        }

        struct Select: Decodable {
            let image: [String]
            let ports: [Int]
            let labels: [String: String]
        }

        let name: String
        let scope: String
        let references: [String]
        let select: Select?
        let steps: [Step]
    }

    // MARK: list and show

    @Test
    func everyFileOfTheSourcesIsListedAndShownByteForByte() async throws {
        let listed = try await Catalog.read()
        #expect(listed.map(\.volatility) == listed.map(\.volatility).sorted())
        let files = try Files.names(in: Self.checkout + "/collectors").filter { $0.hasSuffix(".yaml") }
        #expect(Set(files) == Set(listed.map { $0.name + ".yaml" }), "is EXHIBIT_BINARY built from these sources?")
        for collector in listed {
            let shown = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "show", collector.name])
            #expect(shown.output == (try Files.bytes(Self.checkout + "/collectors/\(collector.name).yaml")))
            let decoded = try await Exhibit.expect(
                Exhibit.Code.ok, ["collectors", "show", collector.name, "--output", "json"]
            ).json(Decoded.self)
            #expect(decoded.name == collector.name && decoded.scope == collector.scope)
            #expect(decoded.steps.count == collector.steps.count && !decoded.steps.isEmpty)
            #expect(decoded.steps.allSatisfy { $0.limits.bytes > 0 && $0.limits.timeoutSeconds > 0 })
        }
    }

    @Test
    func theListIsATable() async throws {
        let lines = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "list"]).text.split(separator: "\n")
        #expect(lines.first?.split(separator: " ") == ["NAME", "SCOPE", "RANK", "TITLE"])
        #expect(lines.dropFirst().first?.hasPrefix("pods ") == true, "the first to capture comes first")
        #expect(lines.contains { $0.split(separator: " ").prefix(3) == ["host-sockets", "host", "1"] })
    }

    @Test(arguments: [
        (["collectors", "show", "sokets"], "did you mean sockets?"),
        (["collectors", "show", "teleport"], "there are: alertmanager, api, "),
        (["collectors", "kinds", "exce"], "did you mean exec?"),
        (["collectors", "kinds", "\u{1B}[2J"], "\\x1b[2J"),
    ])
    func whatIsNotThereIsSaid(arguments: [String], says: String) async throws {
        let outcome = try await Exhibit.expect(Exhibit.Code.noSuchCollector, arguments)
        outcome.expectMessage(says)
        #expect(outcome.output.isEmpty && !outcome.errors.utf8.contains(0x1B))
    }

    @Test
    func aFileIsShownAsItIsUnderstood() async throws {
        try await Scratch.withFolder { folder in
            let text = Self.good.replacingOccurrences(of: "limits: {timeout: 10s, bytes: 1MiB}", with: "")
            try Files.write(text, to: folder + "/nginx.yaml")
            let decoded = try await Exhibit.expect(
                Exhibit.Code.ok, ["collectors", "show", folder + "/nginx.yaml", "--output", "json"]
            ).json(Decoded.self)
            #expect(decoded.select?.image == ["nginx", "*/nginx"] && decoded.select?.ports == [80])
            let step = try #require(decoded.steps.first)
            #expect(step.limits.timeoutSeconds == 30 && step.limits.bytes == 64 << 20)
            #expect(step.source == "in-container" && step.runsInTarget && step.output == "version.txt")
            #expect(
                step.writes == ["namespaces/<namespace>/pods/<pod>/<container>/services/nginx/version.txt"])
            let outcome = try await Exhibit.expect(Exhibit.Code.badCollector, ["collectors", "show", "./none.yaml"])
            outcome.expectMessage("none.yaml", "cannot be opened")
        }
    }

    @Test(.needsTool("script"))
    func aDefinitionDoesNotSteerATerminal() async throws {
        try await Scratch.withFolder { folder in
            let path = folder + "/nginx.yaml"
            let text = "# \u{202E}gnp.txt\n" + Self.good
            try Files.write(text, to: path)
            let binary = try #require(Requirements.binary)
            let terminal = try await Tool.run("script", ["-qec", "\(binary) collectors show \(path)", "/dev/null"])
            #expect(terminal.text.contains(#"# \u{202e}gnp.txt"#), "\(terminal.summary)")
            #expect(!terminal.text.contains("\u{202E}"))
            // Elsewhere every byte is as written.
            let piped = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "show", path])
            #expect(piped.output == Array(text.utf8), "\(piped.summary)")
            // YAML has no control characters of its own, not even in comments.
            try Files.write("# one\n# \u{1B}]0;owned\u{7}\n" + Self.good, to: path)
            let refused = try await Exhibit.expect(Exhibit.Code.badCollector, ["collectors", "show", path])
            refused.expectMessage("nginx.yaml:2", "control characters are not allowed")
            #expect(!refused.errors.utf8.contains(0x1B) && refused.output.isEmpty)
        }
    }

    // MARK: new

    @Test(arguments: ["container", "pod", "namespace", "cluster", "node", "host", "local"])
    func aFirstDraftLintsClean(scope: String) async throws {
        try await Scratch.withFolder { folder in
            let printed = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "new", "nginx-1", "--scope", scope])
            try await Exhibit.expect(
                Exhibit.Code.ok, ["collectors", "new", "nginx-1", "--scope", scope, "-o", folder + "/"])
            let path = folder + "/nginx-1.yaml"
            #expect(try Files.bytes(path) == printed.output)
            #expect(printed.text.contains("\nscope: \(scope)\n") && printed.text.contains("\n# "))
            let lint = try await Exhibit.expect(Exhibit.Code.ok, ["collectors", "lint", path])
            #expect(lint.text == "1 file, 0 errors, 0 warnings\n")
            let again = try await Exhibit.expect(
                Exhibit.Code.outputExists, ["collectors", "new", "nginx-1", "-o", path])
            again.expectMessage(path)
            #expect(try Files.bytes(path) == printed.output)
        }
    }

    @Test(arguments: [
        (["new", "Nginx"], "a–z"), (["new", "../x"], "a–z"), (["new"], "name"),
        (["new", "a", "--scope", "galaxy"], "scope"),
        (["lint"], "file"), (["show"], "name"), (["try", "x"], "try"),
    ])
    func mistakesInTheCommandLine(arguments: [String], says: String) async throws {
        let outcome = try await Exhibit.expect(Exhibit.Code.usage, ["collectors"] + arguments)
        outcome.expectMessage(says)
    }

    @Test(arguments: [
        ["collectors", "--help"], ["collectors", "list", "--help"], ["collectors", "show", "--help"],
        ["collectors", "new", "--help"], ["collectors", "lint", "--help"], ["collectors", "kinds", "--help"],
    ])
    func help(arguments: [String]) async throws {
        let outcome = try await Exhibit.expect(Exhibit.Code.ok, arguments)
        #expect(outcome.text.contains("exhibit collectors") && outcome.errors.isEmpty)
    }

    // MARK: A definition

    static let good = """
        # The version of nginx.
        apiVersion: exhibit/v1
        kind: Collector
        metadata:
          name: nginx
          title: State of nginx
          references: ["https://nginx.org/en/docs/switches.html"]
        scope: container
        select: {image: [nginx, "*/nginx"], ports: [80]}
        volatility: 3
        steps:
          - exec: {argv: [nginx, -V]}
            output: version.txt
            limits: {timeout: 10s, bytes: 1MiB}

        """

    /// The folder of the checkout.
    static let checkout = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")
}
