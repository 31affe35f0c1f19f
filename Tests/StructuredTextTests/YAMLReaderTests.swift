import StructuredText
import TestSupport
import Testing

/// YAML text as JSON text.
func json(_ yaml: String, limits: JSONLimits = .default) throws(YAMLError) -> String {
    String(decoding: try YAMLReader.json(of: yaml.utf8, limits: limits), as: UTF8.self)
}

@Suite("YAML reader")
struct YAMLReaderTests {
    @Test("reads an object as kubectl and oc write it, with a folded command, a script and JSON in an annotation")
    func object() throws {
        let yaml = #"""
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              annotations:
                kubectl.kubernetes.io/last-applied-configuration: |
                  {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"}}
                note: it's "quoted" # and commented
              creationTimestamp: "2021-07-28T12:31:11Z"
              managedFields:
              - apiVersion: v1
                fieldsType: FieldsV1
                fieldsV1:
                  f:metadata:
                    f:labels:
                      .: {}
                      f:app: {}
              name: web-0
            spec:
              containers:
              - args:
                - -c
                - |-
                  set -e
                    exec "$0"
                command: [sh]
                env:
                - name: EMPTY
                - name: WORDS
                  value: one two
                    three

                    four
                image: registry.k8s.io/pause@sha256:0a1b
                ports:
                - {containerPort: 8080, name: "http", protocol: TCP}
              nodeSelector:
              restartPolicy: Always
            status:
              startTime: 2021-07-28T12:31:11Z
              message: 'it''s

                done'

            """#
        #expect(
            try json(yaml)
                == #"{"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"#
                + #""{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-0\"}}\n","note":"it's \"quoted\""},"#
                + #""creationTimestamp":"2021-07-28T12:31:11Z","managedFields":[{"apiVersion":"v1","fieldsType":"FieldsV1","#
                + #""fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}}],"name":"web-0"},"#
                + #""spec":{"containers":[{"args":["-c","set -e\n  exec \"$0\""],"command":["sh"],"#
                + #""env":[{"name":"EMPTY"},{"name":"WORDS","value":"one two three\nfour"}],"#
                + #""image":"registry.k8s.io/pause@sha256:0a1b","ports":[{"containerPort":8080,"name":"http","protocol":"TCP"}]}],"#
                + #""nodeSelector":null,"restartPolicy":"Always"},"#
                + #""status":{"startTime":"2021-07-28T12:31:11Z","message":"it's\ndone"}}"#)
    }

    @Test(
        "a plain scalar means what it means to Kubernetes' reader",
        arguments: [
            ("~", "null"), ("null", "null"), ("NULL", "null"), ("nULL", #""nULL""#), ("~a", #""~a""#),
            ("true", "true"), ("Yes", "true"), ("on", "true"), ("y", "true"), ("False", "false"), ("NO", "false"),
            ("off", "false"), ("N", "false"), ("yEs", #""yEs""#), ("yess", #""yess""#),
            ("0", "0"), ("-0", "-0"), ("+5", "5"), ("1_000", "1000"), ("0x1F", "31"), ("-0x10", "-16"), ("0o17", "15"),
            ("017", "15"), ("08", "8"), ("007.5", "7.5"), ("0b101", "5"), ("0b12", #""0b12""#), ("0x", #""0x""#),
            ("18446744073709551615", "18446744073709551615"), ("0xFFFFFFFFFFFFFFFF", "18446744073709551615"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1.50", "1.50"), ("5.", "5"), (".5", "0.5"), ("-.5e3", "-0.5e3"), ("1e5", "1e5"), ("1.0E+05", "1.0E+05"),
            ("1e", #""1e""#), (".", #"".""#), ("+", #""+""#), ("1.2.3", #""1.2.3""#), ("100m", #""100m""#),
            ("10.0.0.1", #""10.0.0.1""#), ("1:30", #""1:30""#), ("2001-01-01", #""2001-01-01""#),
            (".inf", #"".inf""#), ("-.INF", #""-.INF""#), (".nan", #"".nan""#), ("-c", #""-c""#), ("--", #""--""#),
            ("?a", #""?a""#), (":a", #"":a""#), ("a#b", #""a#b""#), ("a:b", #""a:b""#), (#"a"b\c"#, #""a\"b\\c""#),
            ("a\tb", #""a\tb""#), ("é😀", #""é😀""#), ("=", #""=""#),
        ])
    func plain(yaml: String, expected: String) throws {
        #expect(try json(yaml) == expected)
        #expect(try json("- \(yaml)\n") == "[\(expected)]")
        #expect(try json("k:   \(yaml) \t# c\n") == "{\"k\":\(expected)}")
    }

    @Test(
        "folds, chomps and indents as YAML says",
        arguments: [
            ("k: a\n b\n\n\n c\n", #"{"k":"a b\n\nc"}"#), ("k: a # c\nl: b", #"{"k":"a","l":"b"}"#),
            ("k: 1\n 2", #"{"k":"1 2"}"#), ("- a\n - b", #"["a - b"]"#), ("a\nb", #""a b""#),
            (#"k: "a \#n   b\#n\#n  c""#, #"{"k":"a b\nc"}"#), (#"k: "a \\#n  \ b\#n""#, #"{"k":"a  b "}"#),
            (
                #""\0\a\b\t\n\v\f\r\e\ \"\\\N\_\L\P\x41\u00e9\U0001F600""#,
                #""\u0000\u0007\u0008\t\n\u000b\u000c\r\u001b \"\\\u0085"# + "\u{A0}\u{2028}\u{2029}Aé😀\""
            ),
            ("'a''b\"\\ \n\t c'", #""a'b\"\\ c""#), (#""a\#t""#, #""a\t""#), ("\"a \t\n b\"", #""a b""#),
            ("|\n a\n  b\n\n\n", #""a\n b\n""#), ("|-\n a\n\n", #""a""#), ("|+\n a\n\n", #""a\n\n""#),
            ("|", "\"\""), ("|+\n\n\n", #""\n\n""#), ("k: |\n  a", #"{"k":"a"}"#), ("k: |2\n   a\n", #"{"k":" a\n"}"#),
            ("- |1-\n  a\n", #"[" a"]"#), ("k: |-2 # c\n    a\n  b\n", #"{"k":"  a\nb"}"#),
            ("k: |\n\n  a\n", #"{"k":"\na\n"}"#), ("k: |\n  a\n # c\nl: 1\n", #"{"k":"a\n","l":1}"#),
            (">\n a\n b\n\n c\n  d\n e\n f\n", #""a b\nc\n d\ne f\n""#), (">-\n  a\n\n\n  b\n", #""a\n\nb""#),
            ("k: |\n  # no comment\n  - x: {\n", ##"{"k":"# no comment\n- x: {\n"}"##),
            ("k: |\n  a\t\n  \tb \n", #"{"k":"a\t\n\tb \n"}"#),
        ])
    func scalars(yaml: String, expected: String) throws {
        #expect(try json(yaml) == expected)
    }

    @Test(
        "nests collections in every layout",
        arguments: [
            ("", "null"), ("\n# c\n", "null"), ("---\n", "null"), ("--- {}\n...\n# c\n", "{}"),
            ("--- |\n a\n", #""a\n""#),
            ("a:\nb:\n- 1\n-\n- c:\nd: 2", #"{"a":null,"b":[1,null,{"c":null}],"d":2}"#),
            ("a:\n  - 1\n  - - 2\n    - 3\n  -\n    b: c\n", #"{"a":[1,[2,3],{"b":"c"}]}"#),
            ("-   a: 1\n    b:\n    - c\n- - - d\n", #"[{"a":1,"b":["c"]},[["d"]]]"#),
            ("  a: 1\n  b:\n  - c\n", #"{"a":1,"b":["c"]}"#), ("\u{FEFF}a: 1\nb: 2\n", #"{"a":1,"b":2}"#),
            ("a: 1\r\nb: |\r\n  c\r\n  d\r\n", #"{"a":1,"b":"c\nd\n"}"#), ("\"a\" : 1\n'b': 2\n", #"{"a":1,"b":2}"#),
            ("80: http\ntrue: x\n", #"{"80":"http","true":"x"}"#), ("a b:\t1\n", #"{"a b":1}"#),
            ("? a\n: 1\n? |\n  b\n:\n  c: 1\n? d\n: - 1\n  - 2\n", #"{"a":1,"b\n":{"c":1},"d":[1,2]}"#),
            ("{}", "{}"), ("[ ]", "[]"),
            (
                "a: {b: [1, {c: }, ], \"d\":e, f, ? g : h,}",
                #"{"a":{"b":[1,{"c":null}],"d":"e","f":null,"g":"h"}}"#
            ),
            ("[a b\n c\n\n d , {? 'e\n f'\n : g}]", #"["a b c\nd",{"e f":"g"}]"#),
            ("a: [\n  b, # c\n'd' # e\n, f # g\n,\n  http://e:80/f#g\n]\n", #"{"a":["b","d","f","http://e:80/f#g"]}"#),
        ])
    func structure(yaml: String, expected: String) throws {
        #expect(try json(yaml) == expected)
    }

    @Test(
        "refuses what is not YAML, and says in which line",
        arguments: [
            ("a: 1\n  b: 2", 2), ("a:\n    b: 1\n  c: 2", 3), ("a: b: c", 1), ("a: - b", 1), ("a: 1\n- b", 2),
            ("- a\nb: 1", 2), ("a: 1\nb", 2), ("\ta: 1", 1), ("a:\n\tb: 1", 2), ("-\ta", 1), ("- a\n- \t\n", 2),
            ("?\ta\n: b", 1), ("? a\n:\tb", 2), ("a: |\n\tb", 2),
            ("a: \"b", 1), ("a: 'b\n---\n", 1), ("a: 'b' c", 1), ("a: \"\\q\"", 1), (#"a: "\ud800""#, 1),
            (#"a: "\xg1""#, 1), ("a: [1", 1), ("a: [1\n---\n", 2), ("a: [1}", 1), ("a: [1,,2]", 1), ("a: [b,# c\n]", 1),
            ("? ? a\n: b", 1),
            ("a: {} b", 1), ("a: @b", 1), ("a: `b", 1), ("a: %b", 1), ("a: ]", 1), ("a: |x\n  b", 1),
            ("a: |\n    \n  b", 3), ("... a", 1), ("a\n... b", 2), ("x: 1\ny: \u{0}", 2),
            ("x: \u{7F}", 1), ("'a\n b': 1", 2), ("a\nb: 1", 2),
            ("[a]#b", 1), ("1: a\n# c\n\n  2: b", 4),
        ])
    func refuses(yaml: String, line: Int) {
        let error = #expect(throws: YAMLError.self) { try json(yaml) }
        #expect(error?.code == .syntax)
        #expect(error?.line == line)
    }

    @Test(
        "leaves to others what no program writes for JSON",
        arguments: [
            ("a: &x 1", 1), ("a: *x", 1), ("&x a: 1", 1), ("a: !!str 1", 1), ("- !x", 1), ("%YAML 1.1\n---\na", 1),
            ("a\n---\nb", 2), ("---\n---\n", 2), ("a: 1\n...\nb: 2", 3), ("? [a]\n: 1", 1), ("? - a\n: 1", 1),
            ("?\n  a\n: 1", 2), ("? a\n", 2), ("{a: 1}: 2", 1), ("{[a]: 1}", 1), ("[a: 1]", 1), (": 1", 1),
            ("<<: {a: 1}", 1), ("a: <<", 1), ("on: push", 1), ("~: 1", 1), ("0x10: 1", 1), ("1.0: a", 1), ("{n: 1}", 1),
            ("a: \u{2028}", 1), ("a: \u{85}", 1), ("a: b\n c\u{FEFF}", 2), (#"a: "\/""#, 1), ("a: {b: c: d}", 1),
            ("{a\n b: c}", 1),
            ("a: [b?c]", 1), ("[:a]", 1), ("[-]", 1), ("{- : a}", 1), ("a: {b:}", 1), ("a: 0x10000000000000000", 1),
        ])
    func unsupported(yaml: String, line: Int) {
        let error = #expect(throws: YAMLError.self) { try json(yaml) }
        #expect(error?.code == .unsupported)
        #expect(error?.line == line)
    }

    @Test(
        "a key that stands twice is an error, however it is spelt",
        arguments: [
            ("a: 1\nb: 2\na: 3", 3), ("a: 1\n\"\\x61\": 2", 2), ("'a': 1\n? a\n: 2", 3), ("- x: {a: 1, 'a': 2}", 1),
            ("a:\n  b: 1\n  c: 1\n  b: 2\n", 4), ("true: 1\n\"true\": 2", 2),
            (#""\n\t\r\b\"\\": 1\#n"\x0a\x09\x0d\x08\x22\x5c": 2"#, 2),
        ])
    func duplicates(yaml: String, line: Int) {
        let error = #expect(throws: YAMLError.self) { try json(yaml) }
        #expect(error?.code == .duplicateKey)
        #expect(error?.line == line)
    }

    @Test("finds a key that stands twice among many, and only in its own mapping")
    func manyKeys() throws {
        let keys = (0..<1_000).map { "  some-long-prefix-\($0)-and-suffix: {some-long-prefix-1: 2}\n" }.joined()
        let value = try JSONValue(parsing: json("a:\n\(keys)b:\n\(keys)").utf8)
        #expect(value["a"]?.object?.count == 1_000)
        #expect(value["a"] == value["b"])
        for number in [0, 31, 32, 33, 999] {
            let error = #expect(throws: YAMLError.self) {
                try json("a:\n\(keys)b:\n\(keys)  some-long-prefix-\(number)-and-suffix: 1\n")
            }
            #expect(error?.code == .duplicateKey)
            #expect(error?.line == 2_003)
        }
    }

    @Test("says what is wrong and where, and leaves the output as it was")
    func failure() throws {
        var reader = YAMLReader()
        var output = Array("before".utf8)
        let error = #expect(throws: YAMLError.self) { try reader.append(yaml: "a: 1\nb: [".utf8, to: &output) }
        #expect(error?.description == "YAML in line 2: the text ends inside a flow collection")
        #expect(output == Array("before".utf8))
        try reader.append(yaml: "a: 1".utf8, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == #"before{"a":1}"#)
    }
}
