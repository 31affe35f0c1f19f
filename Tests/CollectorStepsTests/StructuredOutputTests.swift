import Collection
import CollectorSteps
import Rows
import Testing

/// What a built-in collector writes in a format that has rows becomes rows.
struct StructuredOutputTests {
    /// Outputs that are no rows, or are those of another once more, each with the reason.
    private static let exceptions: [String: String] = [
        "api/self.json": "one object that says who captures",
        "api/<namespace>.json": "what the account may do there: no pattern tells its name from other documents'",
        "api/api.json": "versions of the core group, which are the group_version of api_resources",
        "api/apis.json": "versions of the other groups, which are the group_version of api_resources",
        "api/api.aggregated.json": "the resources of api_resources once more, in one document",
        "api/apis.aggregated.json": "the resources of api_resources once more, in one document",
        "api/<resource>.json": "what kubectl get prints for people: its columns differ by resource",
        "host-mounts/mounts.tsv": "mounts.jsonl once more, for people",
        "openapi/v2.json": "a schema",
        "openapi/v3.json": "the list of the schemas' addresses",
        "openapi/….json": "a schema",
    ]

    /// What a collector's steps write, by the last part of its path.
    private static func outputs(_ collector: CollectorDefinition) -> [String] {
        collector.steps.flatMap { step -> [String] in
            // What stands beside an answer is of every collector that asks.
            let companions = step.kind.companions.filter { $0 != ".response.json" }
            let named = step.output.map { name in [name] + companions.map { name + $0 } } ?? []
            guard case .fixed(let paths) = step.kind.output else { return named + step.texts("files") }
            return named + paths.compactMap { $0.split(separator: "/").last.map(String.init) }
        }
    }

    /// By their names: JSON, fields between commas or tabs, and the text of Prometheus, which is called metrics.txt everywhere; samples
    /// in containers, which are samples.txt.
    private static func isStructured(_ name: String) -> Bool {
        guard !name.hasSuffix(".response.json") else { return false }
        return [".json", ".jsonl", ".csv", ".tsv"].contains { name.hasSuffix($0) } || name == "metrics.txt"
            || name == "samples.txt"
    }

    @Test
    func everyStructuredOutputHasATable() throws {
        let collectors = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors
        var seen = 0
        var without: Set<String> = []
        for collector in collectors {
            for output in Self.outputs(collector) where Self.isStructured(output) {
                seen += 1
                // `<version>.json` is v1.json and the like.
                let name = output.replacing("<version>", with: "v1").replacing("<", with: "").replacing(">", with: "")
                guard !collector.tables.contains(where: { $0.reads(file: name) }) else { continue }
                without.insert("\(collector.name)/\(output)")
            }
        }
        #expect(seen > 60, "\(seen)")
        #expect(
            without.subtracting(Self.exceptions.keys).sorted() == [], "give them tables, or say here why they have none"
        )
        #expect(
            Set(Self.exceptions.keys).subtracting(without).sorted() == [], "these have tables: they are no exceptions")
    }

    /// A scrape is text of Prometheus whatever its file is called.
    @Test
    func everyScrapeIsReadAsSamples() throws {
        let collectors = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds).collectors
        let scrapes = collectors.flatMap { collector in
            collector.steps.filter { $0.kind.name == "scrape" }.map { (collector, $0.output ?? "") }
        }
        #expect(!scrapes.isEmpty)
        for (collector, output) in scrapes {
            let table = try #require(collector.tables.first { $0.reads(file: output) })
            #expect(table.format.name == "prometheus")
        }
    }
}
