import Foundation
import Rows
import StructuredText
import TestSupport
import Testing

struct JSONTests {
    private static let summary = """
        {"node": {"nodeName": "n1"}, "other": [1, {"pods": 2}],
         "pods": [
           {"podRef": {"name": "a"}, "containers": [{"name": "x", "cpu": {"n": 1}}, {"name": "y", "cpu": null}]},
           {"containers": [{"name": "z"}], "podRef": {"name": "b"}},
           {"podRef": {"name": "c"}}
         ], "late": "l"}
        """

    @Test
    func rowsAreAtTheEndOfAPath() throws {
        let columns = [
            TableColumn("node", .text, .path(["node", "nodeName"], up: 2)),
            TableColumn("late", .text, .path(["late"], up: 2)),
            TableColumn("pod", .text, .path(["podRef", "name"], up: 1)),
            TableColumn("name", .text, .path(["name"], up: 0)),
            TableColumn("n", .integer, .path(["cpu", "n"], up: 0)), TableColumn("i", .integer, .part(.index)),
        ]
        let containers = table(.json(rows: ["pods", "*", "containers", "*"]), columns)
        let result = try read(containers, Self.summary)
        #expect(
            result.words == [
                ["n1", "l", "a", "x", "1", "0"], ["n1", "l", "a", "y", nil, "1"], ["n1", "l", "b", "z", nil, "0"],
            ])
        #expect(result.lines == [3, 3, 4])
        let one = table(.json(rows: ["node"]), [TableColumn("name", .text, .path(["nodeName"], up: 0))])
        #expect(try read(one, Self.summary).words == [["n1"]])
        let none = table(
            .json(rows: ["pods", "*", "volumes", "*"]), [TableColumn("name", .text, .path(["name"], up: 0))])
        #expect(try read(none, Self.summary) == Read())
    }

    @Test
    func membersCanBeRows() throws {
        let columns = [TableColumn("k", .text, .part(.key)), TableColumn("v", .json, .path([], up: 0))]
        let text = #"{"a\n": 1.50, "b": "x", "c": {"d": [ ]}}"#
        #expect(
            try read(table(.json(rows: ["*"]), columns), text).words == [
                ["a\n", "1.50"], ["b", "\"x\""], ["c", "{\"d\": [ ]}"],
            ])
    }

    /// A row that is no object is read as a member would be.
    @Test
    func aRowCanBeAValue() throws {
        let names = table(.json(rows: ["names", "*"]), [TableColumn("name", .text, .path([], up: 0))])
        let text = #"{"names": ["my-cluster", "a\"b\\\u00e9", "", 5, true, null, {"x": [1]}]}"#
        let result = try read(names, text)
        #expect(result.words == [["my-cluster"], ["a\"b\\é"], [""], ["5"], ["true"], [nil], [#"{"x": [1]}"#]])
        #expect(result.tally.unreadCells == 0)
    }

    @Test
    func typesAreTakenFromText() throws {
        let names = ["integer", "real", "boolean", "time", "json", "text"]
        let types: [ColumnType] = [.integer, .real, .boolean, .time(.rfc3339), .json, .text]
        let columns = zip(names, types).map { TableColumn($0, $1, .path([$0], up: 0)) }
        let lines = table(.jsonLines(rows: []), columns)
        let text = #"""
            {"integer": "-12", "real": 1e3, "boolean": true, "time": "2026-11-29T10:00:00+01:00", "json": [1,"a"], "text": {"a": 1}}
            {"integer": 9223372036854775808, "real": [], "boolean": 2, "time": 5, "json": null, "text": "\u0041\ud83d\ude00"}

            """#
        let result = try read(lines, text)
        #expect(
            result.words == [
                ["-12", "1000.0", "true", "2026-11-29T09:00:00.000000000Z", "[1,\"a\"]", "{\"a\": 1}"],
                [nil, nil, nil, nil, nil, "A😀"],
            ])
        #expect(result.tally.unreadCells == 4)
    }

    @Test
    func whatIsNoRowIsSaid() throws {
        let lines = table(.jsonLines(rows: []), [TableColumn("a", .integer, .path(["a"], up: 0))])
        let result = try read(lines, "{\"a\":1}\n{\"a\":1,\"a\":2}\n{\"a\":\n\n[]\n{\"a\":3}x\n{\"a\":4}", isCut: true)
        #expect(result.words == [["1"], [nil]])
        #expect(result.tally.unread == 3 && result.tally.cut == 1)
        #expect(result.tally.problems.map(\.line) == [2, 3, 6])
        #expect(result.tally.problems[0].message.contains("stands twice"))
        let whole = table(.json(rows: ["*"]), [TableColumn("a", .integer, .path(["a"], up: 0))])
        let broken = try read(whole, "[{\"a\":1},\n{\"a\":2},\n{\"a\" 3}]")
        #expect(broken.words == [["1"], ["2"]] && broken.tally.problems.map(\.line) == [3])
        #expect(try read(whole, "[{\"a\":1},{\"a\":", isCut: true).tally.cut == 1)
    }

    @Test
    func rowsThatStandTwiceAreReadOnce() throws {
        let whole = table(.json(rows: ["list", "items", "*"]), [TableColumn("a", .integer, .path(["a"], up: 0))])
        for second in [#"[{"a":3},{"a":4}]"#, "[]", "5"] {
            let result = try read(whole, #"{"list":{"items":[{"a":1},{"a":2}],"items":\#(second),"x":0}}"#)
            #expect(result.words == [["1"], ["2"]] && result.tally.unread == 1, "\(second)")
            #expect(result.tally.problems.first?.message.contains(#"stands twice: "items""#) == true)
        }
        let outer = try read(whole, #"{"list":{"items":[{"a":1}]},"\u006cist":{"items":[{"a":2}]}}"#)
        #expect(outer.words == [["1"]] && outer.tally.unread == 1)
        let each = table(.json(rows: ["*", "items", "*"]), [TableColumn("a", .integer, .path(["a"], up: 0))])
        let apart = try read(each, #"[{"items":[{"a":1}],"items":[{"a":9}]},{"items":[{"a":2}]}]"#)
        #expect(apart.words == [["1"], ["2"]] && apart.tally.unread == 1)
    }

    /// Rows have again what encloses them: neither a row nor all of them together become what the file is not.
    @Test
    func whatEnclosesRowsDoesNotMultiplyForEver() throws {
        let rows = table(
            .json(rows: ["items", "*"]),
            [TableColumn("a", .integer, .path([], up: 0)), TableColumn("name", .text, .path(["name"], up: 1))])
        func document(name: Int, items: Int) -> [UInt8] {
            let list = [String](repeating: "1", count: items).joined(separator: ",")
            return Array("{\"name\":\"\(String(repeating: "n", count: name))\",\"items\":[\(list)]}".utf8)
        }
        let limits = ReadLimits(rowBytes: 1_000, documentBytes: 10_000)
        let wide = try read(rows, document(name: 1_001, items: 3), limits: limits)
        #expect(wide.rows.isEmpty && wide.tally.unread == 3)
        let many = try read(rows, document(name: 1_000, items: 4_000), limits: limits)
        #expect(many.tally.isFull && many.rows.count == 145, "\(many.rows.count)")
        #expect(try read(rows, document(name: 1_000, items: 100), limits: limits).rows.count == 20)
    }

    @Test
    func whatIsTooLargeIsSaid() throws {
        var limits = ReadLimits()
        limits.documentBytes = 100
        let whole = table(.json(rows: ["*"]), [TableColumn("a", .integer, .path(["a"], up: 0))])
        let long = Array(("[" + String(repeating: "{\"a\":1},", count: 50) + "{}]").utf8)
        #expect(try read(whole, long, limits: limits).tally.unread == 1)
        limits = ReadLimits(rowBytes: 10)
        let lines = table(.jsonLines(rows: []), [TableColumn("a", .text, .path(["a"], up: 0))])
        let result = try read(lines, Array("{\"a\":\"0123456789\"}\n{\"a\":1}\n".utf8), step: 3, limits: limits)
        #expect(result.words == [["1"]] && result.tally.unread == 1)
        limits.rows = 1
        #expect(try read(lines, Array("{}\n{}\n{}\n".utf8), limits: limits).tally.isFull)
        let deep = String(repeating: "[", count: 100_000)
        #expect(try read(lines, deep).tally.unread == 1)
    }

    /// What a tree of the same text says.
    @Test
    func aTreeSaysTheSame() throws {
        var generator = SeededGenerator(seed: 77)
        func value(_ depth: Int) -> JSONValue {
            switch generator.next(depth > 0 ? 7 : 4) {
            case 0: return .null
            case 1: return JSONValue(generator.next(100) - 50)
            case 2: return .string(["", "a\"\n", "é😀", "\\"][generator.next(4)])
            case 3: return .bool(generator.next(2) == 0)
            case 4: return .array((0..<generator.next(4)).map { _ in value(depth - 1) })
            default:
                var keys = ["a", "b", "c", "d\n"].shuffled(using: &generator)
                keys.removeLast(generator.next(3))
                return .object(JSONObject(keys.map { ($0, value(depth - 1)) }))
            }
        }
        let columns = [
            TableColumn("ab", .json, .path(["a", "b"], up: 0)), TableColumn("a", .json, .path(["a"], up: 0)),
            TableColumn("d", .json, .path(["d\n"], up: 0)), TableColumn("second", .json, .path(["b", "1"], up: 0)),
            TableColumn("outer", .json, .path(["c"], up: 1)),
        ]
        let rows = table(.json(rows: ["a", "*"]), columns)
        var compared = 0
        for _ in 0..<3_000 {
            let document = value(5)
            var expected: [[String?]] = []
            let elements: [JSONValue] = document["a"]?.array ?? document["a"]?.object?.map(\.value) ?? []
            for element in elements {
                func text(_ value: JSONValue?) -> String? {
                    value.flatMap { $0.isNull ? nil : String(decoding: $0.serialized(), as: UTF8.self) }
                }
                let b = element["b"]
                expected.append(
                    [element["a"]?["b"], element["a"], element["d\n"], b?[1] ?? b?["1"], document["c"]].map(text))
            }
            let result = try read(rows, document.serialized(), step: 1 + compared % 50)
            #expect(result.words == expected, "\(String(decoding: document.serialized(), as: UTF8.self))")
            #expect(result.tally.unread == 0)
            compared += expected.count
        }
        #expect(compared > 500)
    }
}
