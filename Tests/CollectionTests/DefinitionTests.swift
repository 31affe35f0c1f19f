import Collection
import Foundation
import TestSupport
import Testing

struct DefinitionTests {
    private static let good = """
        # A comment.
        apiVersion: exhibit/v1
        kind: Collector
        metadata:
          name: redis-7
          title: State of Redis
          references: ["https://example.org/a"]
        scope: container
        volatility: 3
        steps:
          - logs: {previous: true, word: "true", many: [a, b]}
            limits: {timeout: 1m30s, bytes: 4MiB}
          - sockets: {}

        """

    private static func decode(_ text: String) throws -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: "redis.yaml").decode(text)
    }

    @Test
    func everyMemberIsRead() throws {
        let definition = try Self.decode(Self.good)
        #expect(definition.name == "redis-7")
        #expect(definition.title == "State of Redis")
        #expect(definition.references == ["https://example.org/a"])
        #expect(definition.scope == .container)
        #expect(definition.volatility == 3)
        #expect(definition.source == Self.good)
        try #require(definition.steps.count == 2)
        #expect(definition.steps[0].kind == "logs")
        #expect(definition.steps[0].flag("previous"))
        #expect(!definition.steps[0].flag("word"), "a quoted true is text")
        #expect(definition.steps[0].list("many") == ["a", "b"])
        #expect(definition.steps[0].limits == StepLimits(timeout: .seconds(90), bytes: 4 << 20))
        #expect(definition.steps[1].limits == .default)
    }

    /// What is replaced, by what, the line that the error must name, and a word of its message.
    @Test(arguments: [
        ("apiVersion: exhibit/v1", "apiVersion: exhibit/v2", 2, "exhibit/v1"),
        ("kind: Collector", "kind: Pod", 3, "Collector"),
        ("kind: Collector", "kind: [Collector]", 3, "must be text"),
        ("name: redis-7", "name: Redis", 5, "metadata.name"),
        ("name: redis-7", "name: ../etc", 5, "metadata.name"),
        ("name: redis-7", "name: -x", 5, "metadata.name"),
        ("name: redis-7", "name: redis\n  extra: 1", 6, "has no key extra"),
        ("title: State of Redis", "titel: State of Redis", 6, "has no key titel"),
        ("references: [\"https://example.org/a\"]", "references: text", 7, "list of text"),
        ("references: [\"https://example.org/a\"]", "references: [[a]]", 7, "list of text"),
        ("scope: container", "scope: galaxy", 8, "none of cluster"),
        ("scope: container", "scope: {a: b}", 8, "must be text"),
        ("volatility: 3", "volatility: 100", 9, "0 to 99"),
        ("volatility: 3", "volatility: -1", 9, "0 to 99"),
        ("volatility: 3", "volatility: soon", 9, "0 to 99"),
        ("volatility: 3", "volatility: 3\nfindings: []", 10, "has no key findings"),
        ("timeout: 1m30s", "timeout: 90", 12, "duration"),
        ("timeout: 1m30s", "timeout: 0s", 12, "duration"),
        ("timeout: 1m30s", "timeout: [1s]", 12, "duration"),
        ("bytes: 4MiB", "bytes: 4MB", 12, "size"),
        ("bytes: 4MiB", "bytes: 0", 12, "size"),
        ("bytes: 4MiB", "byte: 4MiB", 12, "has no key byte"),
        ("- sockets: {}", "- sockets: text", 13, "must be a mapping"),
        ("- sockets: {}", "- just text", 13, "must be a mapping"),
        ("- sockets: {}", "- {sockets: {}, logs: {}}", 13, "one step kind"),
        ("- sockets: {}", "- sockets: {a: {b: c}}", 13, "option a"),
        ("- sockets: {}", "- limits: {timeout: 1s}", 13, "one step kind"),
    ])
    func whatIsWrongIsNamedWithItsLine(_ from: String, _ to: String, _ line: Int, _ says: String) throws {
        let text = Self.good.replacingOccurrences(of: from, with: to)
        try #require(text != Self.good)
        let error = try #require(throws: DefinitionError.self) { try Self.decode(text) }
        #expect(error.file == "redis.yaml")
        #expect(error.line == line, "\(error)")
        #expect(error.message.contains(says), "\(error)")
        #expect(error.description.contains("redis.yaml:\(line)"))
    }

    @Test(arguments: ["apiVersion", "kind", "metadata", "scope", "volatility", "steps"])
    func everyTopLevelKeyIsNeeded(_ key: String) throws {
        var lines = Self.good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex { $0.hasPrefix(key + ":") })
        let end = lines[(start + 1)...].firstIndex { !$0.hasPrefix(" ") } ?? lines.count
        lines.removeSubrange(start..<end)
        let error = try #require(throws: DefinitionError.self) { try Self.decode(lines.joined(separator: "\n")) }
        #expect(error.message.contains("\(key) is missing"), "\(error)")
    }

    @Test(arguments: [
        "", "# only a comment\n", "text", "[1, 2]", "a: b: c", "a: [", "kind: Collector\nkind: Collector\n", "\u{0}",
    ])
    func whatIsNoCollectorIsRefused(_ text: String) {
        #expect(throws: DefinitionError.self) { try Self.decode(text) }
    }

    @Test
    func aBrokenFileNeverTraps() {
        var generator = SeededGenerator(seed: 11)
        let bytes = Array(Self.good.utf8)
        for _ in 0..<300 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<broken.count, using: &generator)
                broken[index] =
                    [0x0A, 0x20, 0x2D, 0x3A, 0x5B, 0x7B, 0x22, 0x26, 0x2A, 0x61].randomElement(using: &generator) ?? 0
            }
            _ = try? Self.decode(String(decoding: broken, as: UTF8.self))
        }
    }

    @Test
    func theBuiltInOnesAreTheFilesOfTheSources() throws {
        let catalog = try CollectorCatalog.builtIn()
        #expect(catalog.collectors.count >= 15)
        #expect(Set(catalog.collectors.map(\.name)).count == catalog.collectors.count)
        let ranks = catalog.collectors.map(\.volatility)
        #expect(ranks == ranks.sorted())
        for scope in CollectorScope.allCases {
            #expect(catalog.collectors(of: [scope]).allSatisfy { $0.scope == scope })
        }
        #expect(catalog.collectors.first?.name == "pods", "everything else is planned from the pods")
    }

    @Test
    func everyFileOfTheSourcesDecodes() throws {
        // The folder of the checkout: `#filePath` is `Tests/CollectionTests/…` below it, also through a link.
        let source = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let folder = source.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("collectors").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        #expect(!names.isEmpty)
        for name in names {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            let definition = try CollectorDefinitionDecoder(file: name).decode(text)
            #expect(definition.name + ".yaml" == name)
        }
    }
}
