import Foundation
import StructuredText
import TestSupport
import Testing

/// What others write and read, against ``YAMLReader``.
@Suite("YAML reader among others")
struct YAMLReaderForeignTests {
    @Test("reads what Exhibit writes as the same value: strings to the byte, numbers to the digit")
    func ownWriter() throws {
        for document in try YAMLReadersTests.corpus {
            let read = try #require(try? YAMLReader.json(of: document.yaml), "\(document.json.prefix(400))")
            #expect(try JSONValue(parsing: read) == Self.spelt(document.value))
        }
    }

    @Test("reads a value that is indented as a whole", arguments: 0..<4)
    func indented(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<100 {
            let value = generator.value()
            // Outside of collections a literal block cannot be told apart from what surrounds it.
            var yaml: [UInt8] = []
            try YAML.append(value: [value, ["a": value]], to: &yaml, indent: 2)
            #expect(try JSONValue(parsing: YAMLReader.json(of: yaml)) == Self.spelt([value, ["a": value]]))
        }
    }

    @Test(
        "reads what PyYAML writes, in all its styles and widths",
        .enabled(if: PyYAML.isAvailable, "python3 with PyYAML is not installed"))
    func pyYAMLWrites() throws {
        var generator = JSONGenerator(seed: 7)
        var values = (0..<200).map { _ in generator.value() }
        values += JSONGenerator.awkward.map { ["k": .string($0), "l": [.string($0)], "z\($0)": nil] }
        let lines = try PyYAML.dumps(values)
        try #require(lines.count == values.count)
        var refused = 0
        for (value, dumps) in zip(values, lines) {
            #expect(dumps.count == 8)
            for dump in dumps {
                let text = try #require(dump.string)
                do {
                    let read = try JSONValue(parsing: YAMLReader.json(of: text.utf8))
                    #expect(Self.isSame(read, value), "\(text.prefix(400).debugDescription)")
                } catch let error as YAMLError {
                    // PyYAML writes these line breaks as they are, and nothing else that is refused.
                    refused += 1
                    let isBreak = text.unicodeScalars.contains { "\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }
                    #expect(error.code == .unsupported && isBreak, "\(error): \(text.prefix(400).debugDescription)")
                }
            }
        }
        #expect(refused < values.count)
    }

    @Test(
        "takes random lines for what PyYAML takes them for, where both read them",
        .enabled(if: PyYAML.isAvailable, "python3 with PyYAML is not installed"))
    func pyYAMLReads() throws {
        var random = SeededGenerator(seed: 11)
        let texts = (0..<6_000).map { _ in Self.text(&random) }
        let read = texts.map { try? json($0) }
        #expect(read.count { $0 != nil } > 500)
        let pairs = zip(texts, read).compactMap { (text, json) in
            json.map { JSONValue.array([.string(text), .string($0)]) }
        }
        let report = try PyYAML.compareReading(pairs)
        #expect(report == "same \(pairs.count)\n")
    }

    @Test(
        "reads all of a must-gather as PyYAML does",
        .enabled(if: PyYAML.isAvailable && mustGather != nil, "needs python3 with PyYAML, and EXHIBIT_FIXTURES"))
    func mustGatherReads() throws {
        let members = try PyYAML.members(of: try #require(mustGather))
        #expect(members.count == 14)
        let pairs = try members.map { JSONValue.array([.string($0), .string(try json($0))]) }
        let report = try PyYAML.compareReading(pairs)
        #expect(report == "same \(pairs.count)\n")
    }

    /// A few lines of what may stand in YAML, mostly at columns that fit.
    private static func text(_ random: inout SeededGenerator) -> String {
        let values = [
            "v", "", "|", ">", "|-", ">+", "|+", "\"a\",\"b\"", "'x y'", "\"q\\n\"", "[1, 2]", "{a: b}", "# c", "x # c",
            "text", "- z", "\"a\": b", "|1", ">2", "[a, # c", "- ", "? k", "\"a b", "c d\"", "\"x\\", "  z\"", "'it",
            "it''s'",
            "[a,", "b]", "{", "}", "12", "~", "---", "...", ": w", "'p': q",
        ]
        var column = 0
        let lines = (0..<Int.random(in: 1..<9, using: &random)).map { _ in
            column = max(0, column + ([0, 0, 0, 2, 2, -2, -4, 1].randomElement(using: &random) ?? 0))
            let dash = ["", "", "- ", "- ", "- - "].randomElement(using: &random) ?? ""
            let number = Int.random(in: 0..<10, using: &random)
            let key = ["k\(number): ", "k\(number): ", "k\(number):", ""].randomElement(using: &random) ?? ""
            return String(repeating: " ", count: column) + dash + key + (values.randomElement(using: &random) ?? "")
        }
        return lines.joined(separator: "\n") + (Bool.random(using: &random) ? "\n" : "")
    }

    /// With exponents as the writer spells them.
    private static func spelt(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let text): .number(PerlYAML.spelling(text))
        case .array(let elements): .array(elements.map(spelt))
        case .object(let members): .object(JSONObject(members.map { ($0.key, spelt($0.value)) }))
        default: value
        }
    }

    /// Numbers are compared by value.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left == right || Double(left) == Double(right)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && isSame($0.value, $1.value) }
        default: left == right
        }
    }
}

private let mustGather: String? = ProcessInfo.processInfo.environment["EXHIBIT_FIXTURES"].flatMap {
    let path = "\($0)/foreign/must-gather-4.8.tar.gz"
    return FileManager.default.fileExists(atPath: path) ? path : nil
}
