import BundleFormat
import Collection
import Testing

/// Which paths and patterns of files a definition may have.
struct FilePathTextTests {
    private static let kinds = StepKinds([
        StepKind(
            "files", scopes: [.container], summary: "", source: .inContainer,
            options: [
                StepOption("paths", .filePaths, required: true, summary: ""),
                StepOption("names", .namePatterns, summary: ""), StepOption("largest", .size(1 << 30), summary: ""),
            ], output: .fixed([]))
    ])

    private static func decode(_ options: String) throws(DefinitionError) -> CollectorDefinition {
        try CollectorDefinitionDecoder(file: "f.yaml", kinds: kinds).decode(
            """
            apiVersion: exhibit/v1
            kind: Collector
            metadata: {name: f, title: f}
            scope: container
            volatility: 9
            parameters: {path: {type: text, title: p}}
            steps: [files: {\(options)}]
            """)
    }

    @Test(arguments: [
        ("/var/log", "/var/log"), ("//var///log//", "/var/log"), ("/", "/"), ("/a b/..c/.d", "/a b/..c/.d"),
        ("/device", "/device"), ("/a*[?\\", "/a*[?\\"),
    ])
    func pathsAreNormalised(_ text: String, _ path: String) throws {
        #expect(FilePathText.normalised(text) == path)
    }

    @Test(arguments: [
        "", "relative", "-delete", "/a/../b", "/..", "/a/.", "/./a", "/proc", "/proc/1/root", "//proc", "/sys/kernel",
        "/dev/sda", "/dev", "/a\u{0}b", "/" + String(repeating: "a", count: 1_024),
    ])
    func othersAreRefusedInDefinitionsAndAsValues(_ text: String) throws {
        #expect(FilePathText.normalised(text) == nil)
        if !text.contains("\0") {
            #expect(throws: DefinitionError.self) { try Self.decode("paths: ['\(text)']") }
        }
        let definition = try Self.decode("paths: [{parameter: path}]")
        #expect(throws: SelectionError.self) { try definition.resolving(["path": text]) }
    }

    @Test
    func aValueIsAPath() throws {
        let definition = try Self.decode("paths: [/etc/a, {parameter: path}]").resolving(["path": "/var/www"])
        #expect(definition.steps[0].texts("paths") == ["/etc/a", "/var/www"])
    }

    @Test(arguments: [
        "paths: []", "paths: /var/log", "paths: [\((0..<33).map { "/p\($0)" }.joined(separator: ", "))]",
        "paths: [/a], names: []", "paths: [/a], names: ['[ab]']", "paths: [/a], names: ['a\\b']",
        "paths: [/a], names: [a/b]", "paths: [/a], names: ['']", "paths: [/a], largest: 0",
        "paths: [/a], largest: 2GiB",
        "paths: [/a], largest: -1", "paths: [/a], largest: many", "names: ['*']",
    ])
    func optionsThatCannotBe(_ options: String) {
        #expect(throws: DefinitionError.self) { try Self.decode(options) }
    }

    @Test
    func optionsThatCan() throws {
        let step = try Self.decode("paths: [/a], names: ['*.log', 'a?b'], largest: 16MiB").steps[0]
        #expect(step.texts("names") == ["*.log", "a?b"] && step.text("largest") == "16MiB")
    }

    @Test
    func whatLiesInAFolder() {
        #expect(FilePathText.lies("/a/b", in: ["/a"]) && FilePathText.lies("/a", in: ["/a"]))
        #expect(!FilePathText.lies("/ab", in: ["/a"]) && FilePathText.lies("/x", in: ["/"]))
    }
}
