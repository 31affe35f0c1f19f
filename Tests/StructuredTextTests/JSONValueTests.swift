import StructuredText
import TestSupport
import Testing

private func parse(_ text: String, limits: JSONLimits = .default) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), limits: limits)
}

private func code(_ bytes: [UInt8], limits: JSONLimits = .default) -> JSONError.Code? {
    do throws(JSONError) {
        _ = try JSONValue(parsing: bytes, limits: limits)
        return nil
    } catch {
        return error.code
    }
}

@Suite("JSON values")
struct JSONValueTests {
    @Test("keeps order, duplicates and the text of numbers")
    func lossless() throws {
        let text =
            #"{"z":1.0,"a":[1e5,-0,123456789012345678901234567890],"z":{"":null},"b":[],"c":{},"t":true,"f":false}"#
        let value = try parse(text)
        #expect(String(decoding: value.serialized(), as: UTF8.self) == text)
        #expect(value["z"] == ["": nil])
        #expect(value["a"]?[1] == .number("-0"))
        #expect(value.object?.keys == ["z", "a", "z", "b", "c", "t", "f"])
        #expect(value["missing"] == nil)
        #expect(value[0] == nil)
        #expect(value["a"]?[3] == nil)
    }

    @Test("reads what was serialized as the same value", arguments: 0..<20)
    func roundTrip(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed, allowsDuplicates: true)
        for _ in 0..<50 {
            let value = generator.value()
            #expect(try JSONValue(parsing: value.serialized()) == value)
        }
    }

    @Test(
        "decodes escapes; what has no scalar becomes U+FFFD",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u00e9\u20AC""#, "é€"),
            (#""\ud83d\ude00""#, "😀"),
            (#""\ud83d""#, "\u{FFFD}"),
            (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83dx\ude00""#, "\u{FFFD}x\u{FFFD}"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"),
            (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (#""\u0000""#, "\u{0}"),
        ])
    func escapes(text: String, expected: String) throws {
        let string = try #require(try parse(text).string)
        #expect(Array(string.utf8) == Array(expected.utf8))
    }

    @Test("bytes that are not UTF-8 become U+FFFD, escaped or not")
    func invalidUTF8() throws {
        #expect(try JSONValue(parsing: [0x22, 0x61, 0xFF, 0x22]) == "a\u{FFFD}")
        #expect(try JSONValue(parsing: [0x22, 0x5C, 0x6E, 0xC3, 0x22]) == "\n\u{FFFD}")
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "[1,]", "{\"a\":1,}", "[,1]", "{,}", "{a:1}", "{'a':1}", "[1 2]", "{\"a\" 1}", "01", "-01", "1.", ".5",
            "+1", "1.e5", "--1",
            "0x1", "NaN", "Infinity", "nul", "True", "\"\t\"", "\"\n\"", #""\x41""#, #""\u12G4""#, "[1}", "{\"a\":1]",
            "/* c */ 1", "1 // c",
            "\u{FEFF}1", "\u{A0}1", "]", "}", ":", "nulll", "[]]", "1 2", "truefalse", "-a", "1e", "1ea", "{\"a\":}",
            "{1:2}",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test("names the reason")
    func codes() {
        #expect(code(Array("[1,]".utf8)) == .syntax)
        #expect(code(Array("[1".utf8)) == .truncated)
        #expect(code([]) == .truncated)
        #expect(code(Array("1 1".utf8)) == .trailingData)
        #expect(code(Array("[[1]]".utf8), limits: JSONLimits(depth: 1)) == .tooDeep)
        #expect(code(Array("[[1]]".utf8), limits: JSONLimits(depth: 2)) == nil)
        #expect(code(Array("[[1]]".utf8), limits: JSONLimits(bytes: 4)) == .tooLarge)
        #expect(code(Array("[[1]]".utf8), limits: JSONLimits(bytes: 5)) == nil)
    }

    @Test("names the place")
    func offset() {
        let error = #expect(throws: JSONError.self) { try parse(#"{"a": tru}"#) }
        #expect(error?.offset == 9)
        #expect(error?.description == "JSON at byte 9: `}` stands where a value should")
    }

    @Test("every truncation of a document is an error, never a crash")
    func truncations() throws {
        let text = #" {"a":[1.5e+3,-0,true,false,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":{}},"d":""} "#
        let bytes = Array(text.utf8)
        _ = try JSONValue(parsing: bytes)
        for count in 0..<bytes.count - 1 {
            #expect(code(Array(bytes[..<count])) == .truncated, "cut at \(count)")
        }
    }

    @Test("a changed byte never crashes", arguments: 0..<8)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<40 {
            var bytes = generator.value().serialized()
            for _ in 0..<10 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                guard let value = try? JSONValue(parsing: bytes) else { continue }
                #expect((try? JSONValue(parsing: value.serialized())) == value)
            }
        }
    }

    @Test("nesting bombs stop at the limit")
    func depthBombs() {
        #expect(code([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) == .tooDeep)
        let objects = Array(String(repeating: #"{"a":"#, count: 200_000).utf8)
        #expect(code(objects) == .tooDeep)
    }

    @Test("numbers of any length keep their digits")
    func hugeNumbers() throws {
        let digits = String(repeating: "9", count: 100_000)
        let value = try parse(digits)
        #expect(value == .number(digits))
        #expect(value.int == nil)
        #expect(try parse("1e999999999").double == nil)
        #expect(try parse("2.50").double == 2.5)
        #expect(try parse("9223372036854775807").int == .max)
        #expect(try parse("1.0").int == nil)
    }

    @Test("parses slices and collections that do not lie in one piece")
    func collections() throws {
        let bytes = Array("xx[1,2]yy".utf8)
        #expect(try JSONValue(parsing: bytes[2..<7]) == [1, 2])
        #expect(try JSONValue(parsing: bytes[2..<7].lazy.map { $0 }) == [1, 2])
        #expect(try JSONValue(parsing: "[1,2]".utf8) == [1, 2])
    }

    @Test("strings are equal only when their code points are")
    func identity() throws {
        #expect(JSONValue.string("é") != .string("e\u{301}"))
        let object: JSONObject = ["é": 1, "e\u{301}": 2]
        #expect(object["é"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test("text that is not a number is never written bare")
    func falseNumbers() {
        #expect(JSONValue.number("1,\"x\":2").serialized() == Array(#""1,\"x\":2""#.utf8))
        #expect(JSONValue.number("").serialized() == Array(#""""#.utf8))
        #expect(JSONValue.number("inf").serialized() == Array(#""inf""#.utf8))
        #expect(JSONValue.number("1e-05").serialized() == Array("1e-05".utf8))
    }

    @Test("a member is replaced in place, appended or removed")
    func objectSubscript() {
        var object: JSONObject = ["a": 1, "b": 2, "a": 3, "c": 4]
        #expect(object["a"] == 3)
        object["a"] = 5
        #expect(object == ["a": 5, "b": 2, "c": 4])
        object["d"] = 6
        #expect(object.keys == ["a", "b", "c", "d"])
        object["b"] = nil
        object["x"] = nil
        #expect(object == ["a": 5, "c": 4, "d": 6])
        #expect(object != ["c": 4, "a": 5, "d": 6])
    }
}
