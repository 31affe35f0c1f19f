import StructuredText
import TestSupport
import Testing

@Suite("YAML reader and hostile text")
struct YAMLReaderHostileTests {
    @Test(
        "nesting stops at the limit",
        arguments: [
            String(repeating: "- ", count: 100_000), String(repeating: "[", count: 100_000),
            String(repeating: "{a: ", count: 100_000), String(repeating: "{? a : [", count: 100_000),
            (0..<600).map { "\(String(repeating: " ", count: $0))a:\n" }.joined(),
        ])
    func depth(text: String) {
        let error = #expect(throws: YAMLError.self) { try json(text) }
        #expect(error?.code == .tooDeep)
        let limits = JSONLimits(depth: 2)
        #expect((try? json("- [1]", limits: limits)) == "[[1]]")
        #expect((try? json("- - [1]", limits: limits)) == nil)
        #expect((try? json("a:\n- b: 1", limits: limits)) == nil)
    }

    @Test("a long text is refused, a long line read")
    func length() throws {
        let error = #expect(throws: YAMLError.self) { try json("a: 1", limits: JSONLimits(bytes: 3)) }
        #expect(error?.code == .tooLarge)
        let line = String(repeating: "x \"\t", count: 2_500_000)
        for text in ["a: \(line)y", "a: '\(line)y'", "a: |\n  \(line)y"] {
            let count = try json(text).utf8.count
            #expect(count == 6 * 2_500_000 + #"{"a":"y"}"#.utf8.count)
        }
    }

    @Test("takes linear time where a careless reader would look again and again")
    func linear() throws {
        let count = 200_000
        let blanks = String(repeating: "\n", count: count)
        let tabs = String(repeating: "\t", count: count)
        #expect(try json("a: b\(blanks)c: d") == #"{"a":"b","c":"d"}"#)
        #expect(try json("a: b\(String(repeating: "\n# c", count: count))\nc: d") == #"{"a":"b","c":"d"}"#)
        #expect(try json("a: |\(blanks)c: d") == #"{"a":"","c":"d"}"#)
        #expect(try json("a: \"\(tabs)b\"").utf8.count == 2 * count + #"{"a":"b"}"#.utf8.count)
        #expect(try json("a: \"b\(blanks)c\"").utf8.count == 2 * (count - 1) + #"{"a":"bc"}"#.utf8.count)
        #expect(try json("[\(blanks)]") == "[]")
        let keys = (0..<count).map { "same-start-\($0)-same-end: 1\n" }.joined()
        #expect(try json(keys).utf8.count == keys.utf8.count + count + 1)
        #expect(throws: YAMLError.self) { try json(String(repeating: "\"a\" ", count: count)) }
        #expect(throws: YAMLError.self) { try json(String(repeating: "k", count: count) + ": 1") }
    }

    @Test("a billion laughs are refused at the first anchor")
    func aliases() {
        let laughs = "a: &a [lol, lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
        let error = #expect(throws: YAMLError.self) { try json(laughs) }
        #expect(error?.code == .unsupported)
        #expect(error?.line == 1)
    }

    @Test(
        "bytes that are not UTF-8 are refused in their line",
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5],
            [0x80],
            [0xE2, 0x80], [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func encoding(bytes: [UInt8]) {
        for (front, back) in [("a: b\nc: ", ""), ("a: b\nc: 1234567", "89"), ("a: b\n# ", "\nd: e\n")] {
            let error = #expect(throws: YAMLError.self) {
                try YAMLReader.json(of: Array(front.utf8) + bytes + Array(back.utf8))
            }
            #expect(error?.code == .syntax)
            #expect(error?.line == 2)
        }
    }

    @Test(
        "JSON stays bounded, whatever it is made of",
        arguments: ["-", "- a", "{a,b}", "[~,~]", "a:", "\"\\e\\e\"", "|\n \"\"\"", "- \n- \n-"])
    func growth(yaml: String) throws {
        #expect(try json(yaml).utf8.count <= 8 * yaml.utf8.count)
    }

    @Test("a changed byte never crashes, and what is taken is JSON", arguments: 0..<8)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var generator = JSONGenerator(seed: seed)
        var reader = YAMLReader()
        var taken = 0
        for _ in 0..<60 {
            var bytes: [UInt8] = []
            try YAML.append(value: generator.value(), to: &bytes)
            for _ in 0..<8 {
                var output: [UInt8] = []
                if (try? reader.append(yaml: bytes, to: &output)) != nil {
                    taken += 1
                    #expect(throws: Never.self) { try JSONValue(parsing: output) }
                    #expect(String(validating: output, as: UTF8.self) != nil)
                } else {
                    #expect(output.isEmpty)
                }
                let piece = Array(": -\n#\"'|>[]{}?,\\\t&*a0 \u{85}".utf8).randomElement(using: &random) ?? 0
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = piece
            }
        }
        #expect(taken > 60)
    }

    @Test("every truncation is read or refused")
    func truncations() {
        let text = "a: |2-\n   b\n\nc: \"d\\n\n  e\" # f\n? g\n: - [h, {i: 'j'}]\n  - - k\n..."
        let bytes = Array(text.utf8)
        for count in 0...bytes.count {
            guard let output = try? YAMLReader.json(of: bytes[..<count]) else { continue }
            #expect(throws: Never.self) { try JSONValue(parsing: output) }
        }
    }
}
