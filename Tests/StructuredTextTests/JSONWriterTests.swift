import StructuredText
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test("writes objects, arrays and all scalars with commas in place")
    func everything() throws {
        var writer = JSONWriter()
        writer.object {
            $0.member("path", "data/\"x\"\n")
            $0.member("size", UInt64.max)
            $0.member("low", Int64.min)
            $0.member("zero", 0)
            $0.member("ok", true)
            $0.key("list")
            $0.array {
                $0.value("a")
                $0.value(1)
                $0.null()
                $0.value(false)
                $0.array { _ in }
                $0.object { _ in }
            }
            $0.member("tree", ["k": [1, nil]])
        }
        writer.endLine()
        writer.object { _ in }
        let expected =
            #"{"path":"data/\"x\"\n","size":18446744073709551615,"low":-9223372036854775808,"zero":0,"ok":true,"#
            + #""list":["a",1,null,false,[],{}],"tree":{"k":[1,null]}}"# + "\n{}"
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        writer.reset()
        writer.value("x")
        #expect(writer.bytes == Array(#""x""#.utf8))
    }

    @Test("escapes quotes, backslashes and control characters, and nothing else")
    func escapes() {
        var output: [UInt8] = []
        JSONText.append(string: "\u{0}\u{1F}\u{8}\t\n\r\"\\/\u{7F}\u{80}\u{9B}\u{A0}é\u{2028}😀", to: &output)
        #expect(
            String(decoding: output, as: UTF8.self) == #""\u0000\u001f\u0008\t\n\r\"\\/\u007f\u0080\u009b"#
                + "\u{A0}é\u{2028}😀\"")
    }

    @Test("bytes that are not UTF-8 are repaired")
    func repairs() {
        var output: [UInt8] = []
        JSONText.append(utf8: [0x61, 0xFF, 0x22], to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "\"a\u{FFFD}\\\"\"")
    }
}
