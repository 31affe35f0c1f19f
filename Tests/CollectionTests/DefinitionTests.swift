import BundleFormat
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
          - logs: {previous: true, only: [1, 2]}
            limits: {timeout: 1m30s, bytes: 4MiB}
          - sockets: {}
          - exec: {argv: [redis-cli, INFO, "7"]}
            output: info.txt

        """

    private static let logs = StepKind(
        "logs", scopes: [.container], summary: "", source: .api,
        options: [
            StepOption("previous", .flag, summary: ""), StepOption("only", .numbers(0...9), summary: ""),
            StepOption("names", .texts, summary: ""),
        ], output: .fixed([]))
    private static let kinds = StepKinds([
        logs, StepKind("sockets", scopes: [.container], summary: "", source: .inContainer, output: .fixed([])),
        StepKind("mounts", scopes: [.host], summary: "", source: .node, output: .fixed([])),
        StepKind(
            "exec", scopes: [.container], summary: "", source: .inContainer,
            options: [
                StepOption("argv", .argv, required: true, summary: ""), StepOption("files", .fileNames, summary: ""),
            ], output: .named(folder: "")),
    ])

    private static func decode(_ text: String) throws -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: "redis.yaml", kinds: kinds).decode(text)
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
        try #require(definition.steps.count == 3)
        #expect(definition.steps[0].kind == Self.logs)
        #expect(definition.steps[0].flag("previous"))
        #expect(definition.steps[0].numbers("only") == [1, 2])
        #expect(definition.steps[0].limits == StepLimits(timeout: .seconds(90), bytes: 4 << 20))
        #expect(definition.steps[0].name == "logs")
        #expect(definition.steps[1].limits == .default)
        #expect(definition.steps[2].texts("argv") == ["redis-cli", "INFO", "7"])
        #expect(definition.steps[2].output == "info.txt")
        #expect(definition.steps[2].name == "exec info.txt")
    }

    @Test
    func furtherFilesAreRead() throws {
        let text = Self.good.replacingOccurrences(of: "\"7\"]}", with: "\"7\"], files: [a.txt, B_2.csv]}")
        #expect(try Self.decode(text).steps[2].texts("files") == ["a.txt", "B_2.csv"])
    }

    @Test
    func aSelectorIsRead() throws {
        let select =
            "select: {image: [redis, \"*/redis\"], ports: [6379], labels: {app: redis, tier: \"1\"}}\nvolatility"
        let definition = try Self.decode(Self.good.replacingOccurrences(of: "volatility", with: select))
        #expect(
            definition.select
                == TargetSelector(images: ["redis", "*/redis"], ports: [6379], labels: ["app": "redis", "tier": "1"]))
    }

    /// What is replaced, by what, the line that the error must name, and a word of its message.
    @Test(
        arguments: [
            ("apiVersion: exhibit/v1", "apiVersion: exhibit/v2", 2, "exhibit/v1"),
            ("kind: Collector", "kind: Pod", 3, "Collector"),
            ("kind: Collector", "kind: [Collector]", 3, "must be text"),
            ("name: redis-7", "name: Redis", 5, "metadata.name"),
            ("name: redis-7", "name: ../etc", 5, "metadata.name"),
            ("name: redis-7", "name: -x", 5, "metadata.name"),
            ("name: redis-7", "name: redis\n  extra: 1", 6, "has no key extra; there are: name, title, references"),
            ("title: State of Redis", "titel: State of Redis", 6, "has no key titel; did you mean title?"),
            ("references: [\"https://example.org/a\"]", "references: text", 7, "list of text"),
            ("references: [\"https://example.org/a\"]", "references: [[a]]", 7, "list of text"),
            ("scope: container", "scope: galaxy", 8, "there are: container, host"),
            ("scope: container", "scope: contaner", 8, "did you mean container?"),
            ("scope: container", "scope: host", 11, "step kind logs is for container, not for host"),
            ("scope: container", "scope: local", 8, "there is no scope local"),
            ("volatility: 3", "select: {}\nvolatility: 3", 9, "must name an image"),
            ("volatility: 3", "select: {image: redis}\nvolatility: 3", 9, "must be a list"),
            ("volatility: 3", "select: {image: [\"*\"]}\nvolatility: 3", 9, "must say something"),
            ("volatility: 3", "select: {ports: [70000]}\nvolatility: 3", 9, "from 1 to 65535"),
            ("volatility: 3", "select: {ports: [\"80\"]}\nvolatility: 3", 9, "whole numbers"),
            ("volatility: 3", "select: {labels: {a: [b]}}\nvolatility: 3", 9, "must be text"),
            ("volatility: 3", "select: {lables: {a: b}}\nvolatility: 3", 9, "did you mean labels?"),
            ("scope: container", "scope: {a: b}", 8, "must be text"),
            ("volatility: 3", "volatility: 100", 9, "0 to 99"),
            ("volatility: 3", "volatility: -1", 9, "0 to 99"),
            ("volatility: 3", "volatility: soon", 9, "0 to 99"),
            ("volatility: 3", "volatility: 3\nfindings: []", 10, "1 to 64 rules"),
            ("volatility: 3", "volatility: 3\nalerts: []", 10, "has no key alerts"),
            ("timeout: 1m30s", "timeout: 90", 12, "duration"),
            ("timeout: 1m30s", "timeout: 0s", 12, "duration"),
            ("timeout: 1m30s", "timeout: [1s]", 12, "duration"),
            ("bytes: 4MiB", "bytes: 4MB", 12, "size"),
            ("bytes: 4MiB", "bytes: 0", 12, "size"),
            ("bytes: 4MiB", "byte: 4MiB", 12, "has no key byte"),
            ("- sockets: {}", "- sockets: text", 13, "must be a mapping"),
            ("- sockets: {}", "- just text", 13, "must be a mapping"),
            ("- sockets: {}", "- {sockets: {}, logs: {}}", 13, "one step kind"),
            ("- sockets: {}", "- sockets: {a: {b: c}}", 13, "the options of sockets has no key a; it has none"),
            ("- sockets: {}", "- sokets: {}", 13, "there is no step kind sokets; did you mean sockets?"),
            ("- sockets: {}", "- teleport: {}", 13, "there are: exec, logs, sockets"),
            ("- sockets: {}", "- mounts: {}", 13, "for host, not for container"),
            ("- sockets: {}", "- sockets: {}\n    output: a.txt", 14, "names its output itself"),
            ("previous: true", "previus: true", 11, "did you mean previous?"),
            ("previous: true", "previous: \"true\"", 11, "must be true or false"),
            ("previous: true", "previous: yes", 11, "must be true or false"),
            ("only: [1, 2]", "only: [1, 20]", 11, "from 0 to 9"),
            ("only: [1, 2]", "only: 1", 11, "must be a list"),
            ("only: [1, 2]", "names: [a, {b: c}]", 11, "must be a list of text"),
            ("{argv: [redis-cli, INFO, \"7\"]}", "{}", 14, "exec needs argv"),
            ("[redis-cli, INFO, \"7\"]", "redis-cli INFO", 14, "each argument an item of its own"),
            ("[redis-cli, INFO, \"7\"]", "[]", 14, "names no program"),
            ("[redis-cli, INFO, \"7\"]", "[\"\"]", 14, "names no program"),
            ("[redis-cli, INFO, \"7\"]", "[\"a\\0\"]", 14, "have a NUL"),
            ("    output: info.txt\n", "", 14, "needs output"),
            ("output: info.txt", "output: ../x", 15, "must be a file name"),
            ("output: info.txt", "output: .x", 15, "must be a file name"),
            ("output: info.txt", "output: a/b", 15, "must be a file name"),
            (
                "output: info.txt", "output: info.txt\n  - exec: {argv: [a]}\n    output: info.txt", 16,
                "info.txt is a file of this collector already"
            ),
            (
                "output: info.txt", "output: info.txt\n  - exec: {argv: [a]}\n    output: INFO.TXT", 16,
                "INFO.TXT is a file of"
            ),
            ("\"7\"]}", "\"7\"], files: a.txt}", 14, "files must be a list of text"),
            ("\"7\"]}", "\"7\"], files: [a.txt, ../x]}", 14, "each of files must be a file name"),
            ("\"7\"]}", "\"7\"], files: [\"\"]}", 14, "each of files must be a file name"),
            ("\"7\"]}", "\"7\"], files: [\"a\\nb\"]}", 14, "each of files must be a file name"),
            ("\"7\"]}", "\"7\"], files: [.x]}", 14, ".x is none"),
            ("\"7\"]}", "\"7\"], files: [a.txt, a.txt]}", 14, "a.txt is a file of this collector already"),
            ("\"7\"]}", "\"7\"], files: [info.txt]}", 14, "info.txt is a file of this collector already"),
            (
                "\"7\"]}\n    output: info.txt",
                "\"7\"], files: [b.txt]}\n    output: info.txt\n  - exec: {argv: [a], files: [b.txt]}\n    output: a.txt",
                16,
                "b.txt is a file of this collector already"
            ),
            (
                "\"7\"]}\n    output: info.txt",
                "\"7\"], files: [b.txt]}\n    output: info.txt\n  - exec: {argv: [a]}\n    output: b.txt", 16,
                "b.txt is a file of this collector already"
            ),
            ("title: State of Redis", "title: &a x\n  references: [*a]", nil, "aliases"),
            ("- sockets: {}", "- limits: {timeout: 1s}", 13, "one step kind"),
            (
                "- sockets: {}", "- exec:\n    argv: [a]\n    output: a.txt", 13,
                "this one has argv, exec. Options stand below"
            ),
            ("- sockets: {}", "- sockets:", 13, "as sockets: {}"),
            ("- exec: {argv: [redis-cli, INFO, \"7\"]}", "- exec: [redis-cli]", 14, "as exec: {argv: [...]}"),
            ("INFO, \"7\"", "{print $1}", 14, "wants \"quotes\""),
            ("only: [1, 2]", "only: 1", 11, "as [1, 2]"),
            ("scope: container", "kind: Collector\nscope: container", 3, "kind stands twice"),
            ("scope: container", "---\nscope: container", 8, "second document"),
            ("title: State of Redis", "title: \"\\e[2J\"\n  \"\\e]0;x\": 1", 7, "no key \u{1B}]0;x"),
            ("# A comment.", "# \u{1B}[2J", 1, "control characters"),
        ] as [(String, String, Int?, String)])
    func whatIsWrongIsNamedWithItsLine(_ from: String, _ to: String, _ line: Int?, _ says: String) throws {
        let text = Self.good.replacingOccurrences(of: from, with: to)
        try #require(text != Self.good)
        let error = try #require(throws: DefinitionError.self) { try Self.decode(text) }
        #expect(error.file == "redis.yaml")
        #expect(error.line == line, "\(error)")
        #expect(error.message.contains(says), "\(error)")
        if let line { #expect(error.description.contains("redis.yaml:\(line)")) }
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
    func aFileBeyondTheLimitIsRefused() {
        let text = Self.good + "# " + String(repeating: "x", count: 1 << 20)
        #expect(throws: DefinitionError.self) { try Self.decode(text) }
    }
}
