import StructuredText
import TestSupport
import Testing

/// JSON as YAML text.
func yaml(
    _ json: String, indent: Int = 0, sequenceItem: Bool = false, extra: [(String, String)] = []
) throws(JSONError) -> String {
    var output: [UInt8] = []
    try YAML.append(json: json.utf8, to: &output, indent: indent, sequenceItem: sequenceItem, extra: extra)
    return String(decoding: output, as: UTF8.self)
}

@Suite("YAML")
struct YAMLTests {
    @Test("lays an object out as kubectl does")
    func layout() throws {
        let json = #"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","labels":
             {"app.kubernetes.io/name":"web","on":"yes"},"annotations":{},"finalizers":[]},
             "spec":{"containers":[{"name":"web","image":"nginx:1.25",
             "args":["-c","a b"],"ports":[{"containerPort":80}],"command":["sh","-c","echo a\necho b\n"]},{"name":"side"}],
             "nested":[[1,[2,3]],[],{}],"nodeName":null,"ok":true},
             "status":{"startTime":"2024-01-01T00:00:00Z","load":1e5}}
            """#
        #expect(
            try yaml(json) == """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: web-0
                  labels:
                    app.kubernetes.io/name: web
                    "on": "yes"
                  annotations: {}
                  finalizers: []
                spec:
                  containers:
                  - name: web
                    image: nginx:1.25
                    args:
                    - "-c"
                    - a b
                    ports:
                    - containerPort: 80
                    command:
                    - sh
                    - "-c"
                    - |
                      echo a
                      echo b
                  - name: side
                  nested:
                  - - 1
                    - - 2
                      - 3
                  - []
                  - {}
                  nodeName: null
                  ok: true
                status:
                  startTime: "2024-01-01T00:00:00Z"
                  load: 1.0e+5

                """)
    }

    @Test("writes scalars, empty collections and elements at the top")
    func top() throws {
        #expect(try yaml("null") == "null\n")
        #expect(try yaml(" -0 ") == "-0\n")
        #expect(try yaml(#""a""#, indent: 2) == "  a\n")
        #expect(try yaml("{}") == "{}\n")
        #expect(try yaml("[ ]", indent: 2, sequenceItem: true) == "  - []\n")
        #expect(try yaml("[1,[2]]", sequenceItem: true) == "- - 1\n  - - 2\n")
        #expect(
            try yaml(#"{"a":{"b":1},"c":[1]}"#, indent: 2, sequenceItem: true)
                == "  - a:\n      b: 1\n    c:\n    - 1\n")
        #expect(try yaml(#""a\nb""#, sequenceItem: true) == "- |-\n  a\n  b\n")
        #expect(try yaml(#""a\nb""#) == "\"a\\nb\"\n")
    }

    @Test("puts missing members first")
    func extra() throws {
        let extra = [("apiVersion", "v1"), ("kind", "Pod"), ("a b", "yes")]
        #expect(try yaml(#"{"x":1}"#, extra: extra) == "apiVersion: v1\nkind: Pod\na b: \"yes\"\nx: 1\n")
        #expect(
            try yaml(#"{"x":{"kind":1},"k\u0069nd":"Y"}"#, indent: 2, sequenceItem: true, extra: [extra[0], extra[1]])
                == "  - apiVersion: v1\n    x:\n      kind: 1\n    \"kind\": \"Y\"\n")
        #expect(try yaml("{}", sequenceItem: true, extra: [extra[0], extra[1]]) == "- apiVersion: v1\n  kind: Pod\n")
        #expect(try yaml("[1]", extra: extra) == "- 1\n")
    }

    @Test(
        "gives an exponent the form that YAML 1.1 knows",
        arguments: [
            ("1e5", "1.0e+5"), ("1.0e5", "1.0e+5"), ("1E-5", "1.0E-5"), ("-2.5E+07", "-2.5E+07"), ("0.10", "0.10"),
            ("123456789012345678901", "123456789012345678901"),
        ])
    func numbers(json: String, expected: String) throws {
        #expect(try yaml(json) == expected + "\n")
    }

    @Test(
        "writes several lines as a literal block only when that loses nothing",
        arguments: [
            (#"a\nb"#, "a: |-\n  a\n  b\n"), (#"a\n"#, "a: |\n  a\n"), (#"a\n\nb\n\n"#, "a: |+\n  a\n\n  b\n\n"),
            (#" a\nb"#, "a: |2-\n   a\n  b\n"), (#"\na"#, "a: |2-\n\n  a\n"), (#"é\n#x: [\n"#, "a: |\n  é\n  #x: [\n"),
            (#"a\tb\n"#, "a: |\n  a\tb\n"), (#"{\"a\": \"b\"}\n"#, "a: |\n  {\"a\": \"b\"}\n"),
            (#"a \nb"#, #"a: "a \nb""# + "\n"), (#"a\n\tb"#, #"a: "a\n\tb""# + "\n"),
            (#"a\r\nb"#, #"a: "a\r\nb""# + "\n"),
            (#"\n"#, #"a: "\n""# + "\n"), (#"a\n  "#, #"a: "a\n  ""# + "\n"),
            (#"a\n\u2028"#, #"a: "a\n\u2028""# + "\n"),
            (#"a\u001b\n"#, #"a: "a\x1b\n""# + "\n"),
        ])
    func literals(content: String, expected: String) throws {
        #expect(try yaml("{\"a\":\"\(content)\"}") == expected)
    }

    @Test("shows in quotes what would be invisible, and repairs what is not text")
    func escapes() throws {
        #expect(try yaml(#""\u202eabc\u200b\u00ad""#) == #""\u202eabc\u200b\xad""# + "\n")
        #expect(try yaml("\"\u{202E}\u{85}\u{FEFF}é日😀\u{7F}\"") == #""\u202e\x85\ufeffé日😀\x7f""# + "\n")
        #expect(try yaml(#""\u003ca\u0026\ud83d\ude00\ud83d\/""#) == "\"<a&😀\u{FFFD}/\"\n")
        var output: [UInt8] = []
        try YAML.append(json: [0x22, 0xFF, 0x61, 0x22], to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "\"\u{FFFD}a\"\n")
    }

    @Test("a long key is explicit")
    func longKeys() throws {
        let key = String(repeating: "k", count: 129)
        #expect(
            try yaml("{\"\(key)\":{\"a\":[1]},\"b\":{\"\(key)\":[1]}}")
                == "? \(key)\n:\n  a:\n  - 1\nb:\n  ? \(key)\n  :\n  - 1\n")
    }

    @Test("hostile nesting turns to flow style and stays small")
    func nesting() throws {
        let deep = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        let text = try yaml(deep)
        #expect(text.contains("\(String(repeating: "[", count: 480))"))
        #expect(text.utf8.count < 10_000)
        let bomb =
            String(repeating: "[", count: 31) + String(repeating: "1,", count: 500_000) + "1"
            + String(repeating: "]", count: 31)
        #expect(try yaml(bomb).utf8.count < 5 * bomb.utf8.count)
        #expect(throws: JSONError.self) { try yaml("[" + deep + "]") }
    }

    @Test("an error leaves the output as it was")
    func failure() throws {
        let text = #"{"a":[1.5e+3,-0,true,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":{}},"d":""}"#
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            var output = Array("before\n".utf8)
            let error = #expect(throws: JSONError.self) { try YAML.append(json: bytes[..<count], to: &output) }
            #expect(error?.code == .truncated)
            #expect(output == Array("before\n".utf8))
        }
    }

    @Test("takes exactly the texts that the tree parser takes", arguments: 0..<8)
    func sameGrammar(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var generator = JSONGenerator(seed: seed)
        for _ in 0..<40 {
            var bytes = generator.value().serialized()
            for _ in 0..<6 {
                var output: [UInt8] = []
                let isValid = (try? JSONValue(parsing: bytes)) != nil
                #expect(((try? YAML.append(json: bytes, to: &output)) != nil) == isValid)
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
        }
    }

    @Test("a value is written as its JSON is")
    func values() throws {
        var output: [UInt8] = []
        try YAML.append(value: ["a": [1, "no"]], to: &output, indent: 1, sequenceItem: true, extra: [("k", "v")])
        #expect(String(decoding: output, as: UTF8.self) == " - k: v\n   a:\n   - 1\n   - \"no\"\n")
    }
}
