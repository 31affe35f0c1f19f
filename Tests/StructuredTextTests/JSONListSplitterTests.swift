import StructuredText
import TestSupport
import Testing

/// What came out of one body, pushed in chunks of `size` bytes.
private func split(
    _ text: String, size: Int, limit: Int = 1 << 20
) throws -> (items: [String], envelope: JSONValue, oversized: [JSONListSplitter.OversizedItem]) {
    var splitter = JSONListSplitter(maxItemBytes: limit)
    var items: [String] = []
    var oversized: [JSONListSplitter.OversizedItem] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
        try splitter.push(
            bytes[start..<min(start + size, bytes.count)],
            item: { items.append(String(decoding: $0, as: UTF8.self)) },
            oversized: { oversized.append($0) })
    }
    return (items, try splitter.finish(), oversized)
}

private func error(_ text: String, limit: Int = 1 << 20) -> JSONError? {
    do {
        var splitter = JSONListSplitter(maxItemBytes: limit)
        try splitter.push(text.utf8) { _ in }
        _ = try splitter.finish()
        return nil
    } catch {
        return error as? JSONError
    }
}

@Suite("List splitter")
struct JSONListSplitterTests {
    static let list = #"""
         {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","items":[9],"continue":"a\"b"},
          "items" : [ {"a":"]}\"\\","b":[1,{"c":2}]} ,{"items":[]}, 12 ,-1.5e3,"x,]\"y", true,null, [ ] ,{}],
         "extra":[{"items":[1]}] }
        """# + "\n"
    static let items = [
        #"{"a":"]}\"\\","b":[1,{"c":2}]}"#, #"{"items":[]}"#, "12", "-1.5e3", #""x,]\"y""#, "true", "null", "[ ]", "{}",
    ]

    @Test("gives the same elements for every chunk size", arguments: 1..<40)
    func chunks(size: Int) throws {
        let result = try split(Self.list, size: size)
        #expect(result.items == Self.items)
        #expect(
            result.envelope == [
                "kind": "PodList", "apiVersion": "v1",
                "metadata": ["resourceVersion": "7", "items": [9], "continue": "a\"b"],
                "extra": [["items": [1]]],
            ])
    }

    @Test("elements of random lists come out as they went in", arguments: 0..<10)
    func random(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let items = (0..<Int.random(in: 0..<8, using: &random)).map { _ in generator.value() }
            let list: JSONValue = ["kind": "List", "items": .array(items), "metadata": generator.value()]
            let text = String(decoding: list.serialized(), as: UTF8.self)
            let result = try split(text, size: Int.random(in: 1...64, using: &random))
            #expect(try result.items.map { try JSONValue(parsing: $0.utf8) } == items)
            #expect(result.envelope["metadata"] == list["metadata"])
        }
    }

    @Test(
        "a list without elements gives its envelope",
        arguments: [
            #"{"items":null,"kind":"L"}"#, #"{"kind":"L"}"#, #"{"items":[],"kind":"L"}"#, #"{"kind":"L","items":[ ]}"#,
        ])
    func empty(text: String) throws {
        let result = try split(text, size: 3)
        #expect(result.items.isEmpty)
        #expect(result.envelope == ["kind": "L"])
    }

    @Test("an escaped key is the same key; `items` that is no array stays in the envelope")
    func keys() throws {
        #expect(try split(#"{"\u0069tems":[1,2]}"#, size: 1).items == ["1", "2"])
        #expect(try split(#"{"items":"x"}"#, size: 1).envelope == ["items": "x"])
        #expect(try split(#"{"a":"items","b":[1]}"#, size: 1).envelope == ["a": "items", "b": [1]])
        #expect(try split(#"{"items":{"items":[1]}}"#, size: 1).items.isEmpty)
        #expect(try split(#"{"items":[1],"items":[2]}"#, size: 1).items == ["1", "2"])
    }

    @Test("a body cut anywhere is reported, and what was complete is handed out")
    func truncated() throws {
        let bytes = Array(Self.list.utf8)
        let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
        for count in 0...end {
            var splitter = JSONListSplitter(maxItemBytes: 1 << 20)
            var items: [String] = []
            try splitter.push(bytes[..<count]) { items.append(String(decoding: $0, as: UTF8.self)) }
            let error = #expect(throws: JSONError.self) { try splitter.finish() }
            #expect(error?.code == .truncated)
            #expect(items == Array(Self.items.prefix(items.count)))
        }
    }

    @Test(
        "refuses what is not a list",
        arguments: [
            "<html>", "[1]", "\"x\"", #"{"items":[1,]}"#, #"{"items":[,1]}"#, #"{"items":[1 2]}"#, #"{"items":[}]}"#,
            #"{"items":[x]}"#, #"{"items":[1]}}"#, #"{"items":[1]} x"#, #"{"items":[1],}"#, #"{"a" 1}"#, #"{"a":[}}"#,
            #"{]"#,
        ])
    func refuses(text: String) {
        #expect(error(text) != nil)
    }

    @Test("an element over the limit is named")
    func tooLarge() {
        let failure = error(#"{"items":[1,{"a":"aaaaaaaaaaaa"},2]}"#, limit: 10)
        #expect(failure?.code == .itemTooLarge)
        #expect(failure?.item == 1)
        #expect(failure?.message == "element 1 of the list is longer than the limit of 10 bytes")
        #expect(error(#"{"items":["123456789","12345678"]}"#, limit: 10)?.item == 0)
        #expect(error(#"{"items":["12345678"]}"#, limit: 10) == nil)
    }

    @Test("an element over the limit can be skipped", arguments: 1..<50)
    func skipped(size: Int) throws {
        let result = try split(
            #"{"items":[1,{"a":"]aaaaaaaa\"aaa"},2,"bbbbbbbbbbbb"],"kind":"L"}"#, size: size, limit: 10)
        #expect(result.items == ["1", "2"])
        #expect(result.envelope == ["kind": "L"])
        #expect(result.oversized.map(\.index) == [1, 3])
        #expect(result.oversized.map(\.byteCount) == [22, 14])
        #expect(result.oversized.first?.prefix == Array(#"{"a":"]aaa"#.utf8))
    }

    @Test("an endless envelope is refused")
    func envelope() {
        let failure = error(#"{"kind":""# + String(repeating: "x", count: 100_000) + #""}"#, limit: 10)
        #expect(failure?.code == .tooLarge)
    }

    @Test("the closure may suspend, and its error ends the splitter")
    func suspending() async throws {
        struct Stop: Error {}
        var splitter = JSONListSplitter(maxItemBytes: 100)
        var items: [Int] = []
        try await splitter.push(Array(#"{"items":[1,2"#.utf8)) { item in
            await Task.yield()
            items.append(item.count)
        }
        #expect(items == [1])
        await #expect(throws: Stop.self) {
            try await splitter.push(Array(",3]}".utf8)) { _ in
                await Task.yield()
                throw Stop()
            }
        }
        #expect(throws: JSONError.self) { try splitter.finish() }
    }
}
