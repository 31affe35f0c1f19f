import Inspection
import StructuredText
import TestSupport
import Testing

struct YAMLItemSplitterTests {
    static func items(_ text: String, chunk: Int = .max, limit: Int = 1 << 20) -> (items: [String], oversized: Int) {
        var splitter = YAMLItemSplitter(maxItemBytes: limit)
        var items: [String] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let end = chunk < bytes.count - index ? index + chunk : bytes.count
            splitter.push(bytes[index..<end]) { items.append(String(decoding: $0, as: UTF8.self)) }
            index = end
        }
        splitter.finish { items.append(String(decoding: $0, as: UTF8.self)) }
        return (items, splitter.oversized)
    }

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func listsAsTheyAreWritten(chunk: Int) {
        let list = """
            ---
            apiVersion: v1
            items:
            - apiVersion: v1
              metadata:
                finalizers:
                - a
              text: |
                items:
                - not an item

                # not a comment
            -
              kind: Event
            # a comment
            - kind: Last
            kind: EventList
            metadata:
              resourceVersion: "1"
            """
        let (items, oversized) = Self.items(list, chunk: chunk)
        #expect(
            items == [
                "  apiVersion: v1\n  metadata:\n    finalizers:\n    - a\n  text: |\n"
                    + "    items:\n    - not an item\n\n    # not a comment\n",
                "  \n  kind: Event\n", "  kind: Last\n",
            ])
        #expect(oversized == 0)
    }

    @Test(arguments: ["", "items:", "items: []\nkind: List\n", "kind: List\n- a\n", "---\nitems:\nkind: X\n"])
    func listsWithoutItems(text: String) {
        #expect(Self.items(text).items.isEmpty)
    }

    @Test
    func aListThatIsCutGivesWhatCame() {
        #expect(Self.items("items:\r\n- a: 1\r\n  b: ").items == ["  a: 1\n  b: \n"])
    }

    @Test
    func itemsBeyondTheLimitAreLeftOut() {
        let long = String(repeating: "x", count: 100)
        let (items, oversized) = Self.items(
            "items:\n- a: \(long)\n- b: 1\n- c: 1\n  d: \(long)\n  e: 1\n- f: 1\n", chunk: 5, limit: 64)
        #expect(items == ["  b: 1\n", "  f: 1\n"])
        #expect(oversized == 2)
    }

    @Test
    func everyItemComesBackHoweverTheBytesArrive() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            var expected: [String] = []
            var text = "apiVersion: v1\nitems:\n"
            for number in 0..<Int.random(in: 0...8, using: &generator) {
                var lines = ["n: \(number)"]
                for _ in 0..<Int.random(in: 0...6, using: &generator) {
                    lines.append(
                        ["", "- a: b", "  deep: |", "    - items:", "k: '-'", "\t"].randomElement(using: &generator)
                            ?? "")
                }
                text += "- \(lines[0])\n" + lines.dropFirst().map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
                expected.append(lines.map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined())
            }
            if Bool.random(using: &generator) { text += "kind: List\nmetadata: {}\n" }
            let chunk = Int.random(in: 1...40, using: &generator)
            #expect(Self.items(text, chunk: chunk).items == expected)
        }
    }

    @Test(arguments: [1, 7, 1_000])
    func itemsAreReadAsWhatWasWritten(chunk: Int) throws {
        let items: [JSONValue] = [
            ["kind": "Pod", "args": ["-c", "set -e\n  x\n", ["a", 1]], "o": ["": nil]], [[1, "- a"], "\n a\n"],
            "a: b", 7, nil, ["k": " a\nb"], [], ["l": "x\n\n# y\n\n"],
        ]
        var list = Array("apiVersion: v1\nitems:\n".utf8)
        for item in items { try YAML.append(value: item, to: &list, sequenceItem: true) }
        var splitter = YAMLItemSplitter(maxItemBytes: 1 << 20)
        var reader = YAMLReader()
        var read: [JSONValue] = []
        let take = { (item: [UInt8]) in
            var json: [UInt8] = []
            try reader.append(yaml: item, to: &json)
            read.append(try JSONValue(parsing: json))
        }
        for start in stride(from: 0, to: list.count, by: chunk) {
            try splitter.push(list[start...].prefix(chunk), take)
        }
        try splitter.finish(take)
        #expect(read == items)
    }

    @Test
    func anyBytesAreTakenWithoutEnd() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var splitter = YAMLItemSplitter(maxItemBytes: 32)
            let alphabet = Array("items:\n- x\r #".utf8) + [0, 0xFF]
            let bytes = Array("items:\n".utf8) + (0..<400).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            splitter.push(bytes[...]) { #expect($0.count <= 40) }
            splitter.finish { #expect($0.count <= 40) }
        }
    }
}
