import Collection
import Inspection
import SQLite
import StructuredText
import Testing

/// The rules that come with the program, on their own examples. One after the other: each makes databases, and others wait meanwhile.
@Suite(.serialized)
struct FindingRuleTests {
    private static let rules: [FindingRule] = (try? RecordedFindings.builtIn())?.flatMap(\.rules) ?? []

    @Test func thereAreSomeAndEachHasANameOfItsOwn() throws {
        let collectors = try RecordedFindings.builtIn()
        let rules = collectors.flatMap(\.rules)
        #expect(rules.count >= 30)
        #expect(Set(rules.map(\.id)).count == rules.count)
    }

    @Test(arguments: rules) func itDoesWhatItsExamplesSay(rule: FindingRule) async {
        #expect(await FindingTrial.problems(of: rule) == [], "\(rule.id)")
    }

    @Test func aCaptureWithNothingRaisesNothing() async throws {
        let findings = try await FindingsReader(try RecordedFindings.builtIn()).read(
            try await EvidenceDatabase(FindingExample()))
        #expect(findings.findings == [])
        #expect(findings.failed == [:])
        #expect(findings.asked == Self.rules.count)
    }
}

/// What becomes of a rule, right or wrong.
struct FindingsReaderTests {
    private func recorded(_ findings: String) throws -> RecordedFindings {
        try RecordedFindings(
            file: "test.yaml",
            text: "apiVersion: exhibit/v1\nkind: Collector\nmetadata: {name: test, title: Test}\nfindings:\n" + findings
        )
    }

    private static let pods = """
        - id: pods
          severity: warning
          sql: SELECT namespace, name AS pod, phase, entry FROM pods
          says: "{pod} is {phase}, {nothing}"
          advice: look at {pod}
          examples: {fires: [{}], silent: [{}]}

        """

    private func pod(_ name: String, _ phase: String = "Running") throws -> JSONValue {
        try JSONValue(
            parsing: Array(
                #"{"kind":"Pod","metadata":{"name":"\#(name)","namespace":"n"},"status":{"phase":"\#(phase)"}}"#.utf8))
    }

    @Test func aRowIsAFindingWithItsObjectAndEvidence() async throws {
        var example = FindingExample()
        example.objects = [try pod("a{phase}", "{pod}")]
        let findings = try await FindingsReader([try recorded(Self.pods)]).read(try await EvidenceDatabase(example))
        let finding = try #require(findings.findings.first)
        // What a value has in braces is never filled in.
        #expect(finding.says == "a{phase} is {pod}, {nothing}")
        #expect(finding.advice == "look at a{phase}")
        #expect(finding.object.kind == "Pod" && finding.object.namespace == "n" && finding.object.name == "a{phase}")
        #expect(finding.evidence.entry == "objects/0.json")
        #expect(finding.collector == "test")
    }

    @Test func manyRowsAreCounted() async throws {
        var example = FindingExample()
        example.objects = try (0..<1_030).map { try pod("p\($0)") }
        let findings = try await FindingsReader([try recorded(Self.pods)]).read(try await EvidenceDatabase(example))
        #expect(findings.findings.count == 1_000)
        #expect(findings.left == ["pods": 30])
    }

    @Test func oneThatCannotBeAskedCostsOnlyItself() async throws {
        let broken = Self.pods.replacing("id: pods", with: "id: broken").replacing("FROM pods", with: "FROM nowhere")
        let writing = Self.pods.replacing("id: pods", with: "id: writing").replacing(
            "SELECT namespace, name AS pod, phase, entry FROM pods", with: "DELETE FROM objects")
        var example = FindingExample()
        example.objects = [try pod("a")]
        let findings = try await FindingsReader([try recorded(broken + writing + Self.pods)]).read(
            try await EvidenceDatabase(example))
        #expect(findings.findings.map(\.id) == ["pods"])
        #expect(Set(findings.failed.keys) == ["broken", "writing"])
    }

    @Test func aRuleThatDoesNotDoWhatItsExamplesSayIsToldOf() async throws {
        let rule = try #require(try recorded(Self.pods).rules.first)
        let problems = await FindingTrial.problems(of: rule)
        #expect(
            problems == [
                "example 1 of fires: it stays silent", "its words name {nothing}, which its SQL does not have",
            ])
    }

    @Test(arguments: [
        ("id: Pods", "id must be"), ("severity: bad", "no severity"), ("sql: ''", "sql must be text"),
        ("extra: 1", "no key"), ("examples: {fires: []}", "at least one"),
    ])
    func definitionsAreReadStrictly(line: String, words: String) throws {
        let key = line.split(separator: ":")[0]
        var lines = Self.pods.split(separator: "\n").map(String.init)
        if let index = lines.firstIndex(where: { $0.dropFirst(2).hasPrefix(key + ":") }) {
            lines[index] = String(lines[index].prefix(2)) + line
        } else {
            lines.append("  " + line)
        }
        let error = #expect(throws: DefinitionError.self) { try recorded(lines.joined(separator: "\n") + "\n") }
        #expect(error.map { "\($0)".contains(words) } == true, "\(String(describing: error))")
    }
}
