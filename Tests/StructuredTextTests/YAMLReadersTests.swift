import Foundation
import StructuredText
import Testing

/// YAML against a foreign reader: PyYAML (YAML 1.1), with its Python and its libyaml scanner.
@Suite("YAML as others read it", .enabled(if: PyYAML.isAvailable, "python3 with PyYAML is not installed"))
struct YAMLReadersTests {
    @Test("PyYAML reads what Python's json reads")
    func pyYAML() throws {
        var lines: [JSONValue] = []
        var generator = JSONGenerator(seed: 42)
        var documents = (0..<600).map { _ in generator.value() }
        documents += JSONGenerator.awkward.flatMap { text -> [JSONValue] in
            [
                .string(text), [.string(text), 1], ["k": .string(text), "l": 1],
                .object([text: [.string(text)], "z": 1]),
            ]
        }
        var deep: JSONValue = ["x": 1]
        for level in 0..<50 {
            deep =
                level.isMultiple(of: 2)
                ? [deep, "y"] : ["k\n": deep, "l": .string(String(repeating: "q", count: 200))]
        }
        documents.append(deep)
        for (number, document) in documents.enumerated() {
            let json = document.serialized()
            var output: [UInt8] = []
            let isItem = number.isMultiple(of: 3)
            try YAML.append(json: json, to: &output, indent: isItem ? number % 2 * 2 : 0, sequenceItem: isItem)
            if isItem {
                try YAML.append(json: "{\"after\":1}".utf8, to: &output, indent: number % 2 * 2, sequenceItem: true)
            }
            let text = String(decoding: json, as: UTF8.self)
            lines.append([
                .string(isItem ? "[\(text),{\"after\":1}]" : text), .string(String(decoding: output, as: UTF8.self)),
            ])
        }
        let report = try PyYAML.compare(lines)
        #expect(report == "same \(documents.count)\n")
    }
}

/// One run of python3 that compares pairs of JSON and YAML.
enum PyYAML {
    static let isAvailable = (try? run("import yaml", input: Data()).status) == 0

    static func compare(_ pairs: [JSONValue]) throws -> String {
        var input = Data()
        for pair in pairs { input += pair.serialized() + [0x0A] }
        return try run(script, input: input).output
    }

    /// Numbers are compared with their types, except that a float may stand for the same float spelt otherwise.
    private static let script = """
        import json, sys, yaml
        def same(a, b):
            if type(a) is not type(b): return False
            if isinstance(a, dict): return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
            if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))
            return a == b
        loaders = [yaml.SafeLoader] + ([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])
        count = 0
        for line in sys.stdin.buffer:
            source, text = json.loads(line)
            value = json.loads(source)
            for loader in loaders:
                try: read = yaml.load(text, Loader=loader)
                except Exception as error: read = error
                if not same(value, read):
                    print(loader.__name__, ascii(source), ascii(text), ascii(read))
            count += 1
        print("same", count)
        """

    private static func run(_ script: String, input: Data) throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "yaml-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "input")
        try input.write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "PYTHONUTF8": "1",
        ]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
