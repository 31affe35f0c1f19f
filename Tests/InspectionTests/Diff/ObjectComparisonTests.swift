import Inspection
import StructuredText
import Testing

/// Objects of two captures, field by field.
struct ObjectComparisonTests {
    typealias Examples = ComparedExamples

    @Test func elementsOfListsAreFoundByTheirNames() async throws {
        func deployment(_ containers: String) -> String {
            Examples.object("Deployment", "api", #""spec": {"template": {"spec": {"containers": [\#(containers)]}}}"#)
        }
        let side = #"{"name": "side", "image": "s"}"#
        let examples = try await Examples(
            [
                deployment(
                    #"{"name": "api", "image": "a", "args": ["-x", "1"], "ports": [{"containerPort": 80}]}, \#(side)"#)
            ],
            [
                deployment(
                    #"\#(side), {"name": "api", "image": "b", "args": ["-x", "2"], "ports": [{"containerPort": 80}, {"containerPort": 81}]}"#
                )
            ])
        let place = "changed Deployment apps prod api: spec.template.spec.containers[name=api]"
        #expect(
            examples.lines == [
                #"\#(place).args: ["-x","1"] → ["-x","2"]"#, #"\#(place).image: "a" → "b""#,
                #"\#(place).ports[containerPort=81]: nothing → {"containerPort":81}"#,
            ])
    }

    @Test func orderOfMembersAndOfNamedElementsIsNoDifference() async throws {
        let examples = try await Examples(
            [Examples.object("ConfigMap", "c", #""data": {"a": "1", "b": "2"}, "x": [{"name": "p"}, {"name": "q"}]"#)],
            [Examples.object("ConfigMap", "c", #""x": [{"name": "q"}, {"name": "p"}], "data": {"b": "2", "a": "1"}"#)])
        #expect(examples.lines == [])
        #expect(examples.summary.counts[.objects]?.same == 1)
    }

    @Test func whatAnyTwoCapturesHaveOtherwiseIsCountedAndNotTold() async throws {
        func node(_ version: String, _ time: String, _ ready: String) -> String {
            """
            {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "n", "uid": "u", "resourceVersion": "\(version)"},
             "status": {"conditions": [{"type": "Ready", "status": "\(ready)", "lastHeartbeatTime": "\(time)", "message": "\(time)"}]}}
            """
        }
        let same = try await Examples([node("1", "t1", "True")], [node("2", "t2", "True")])
        #expect(same.lines == [])
        #expect(same.summary.counts[.objects]?.noise == 3)
        #expect(!same.summary.differ)
        let all = try await Examples([node("1", "t1", "True")], [node("2", "t2", "True")], includesNoise: true)
        #expect(all.lines.count == 3)
        let other = try await Examples([node("1", "t1", "True")], [node("2", "t2", "False")])
        #expect(other.lines == [#"changed Thing n: status.conditions[type=Ready].status: "True" → "False""#])
    }

    @Test func anotherObjectOfTheSameNameIsReplaced() async throws {
        let examples = try await Examples(
            [Examples.object("ConfigMap", "c", uid: "one")], [Examples.object("ConfigMap", "c", uid: "two")])
        #expect(examples.differences.map(\.change) == [.replaced])
        #expect(examples.differences.first?.note?.contains("the uid was one, and is two") == true)
    }

    @Test func podsOfAWorkloadAreReplacedAndNotGoneAndNew() async throws {
        let examples = try await Examples(
            ["a", "b", "c"].map { Examples.pod("web-1-\($0)", hash: "1") },
            ["d", "e", "f"].map { Examples.pod("web-2-\($0)", hash: "2", image: "web:2") }
                + [Examples.object("Pod", "alone")])
        #expect(
            examples.lines == [
                "added Pod prod alone",
                #"replaced Pod prod Deployment/web: spec.containers[name=main].image: "web:1" → "web:2""#,
            ])
        #expect(examples.differences.last?.note == "3 replaced")
    }

    @Test func imagesAreComparedByWorkload() async throws {
        let examples = try await Examples(
            [Examples.pod("web-1-a", hash: "1")], [Examples.pod("web-2-b", hash: "2", image: "web:2")], only: [.images])
        #expect(examples.lines == [#"changed prod Deployment/web main: image: "web:1" → "web:2""#])
    }

    @Test func hashesOfSecretsOfDifferentCasesSayNothing() async throws {
        func secret(_ hash: String) -> String {
            Examples.object("Secret", "s", #""data": {"k": "hmac-sha256:\#(hash)"}"#)
        }
        let unlike = try await Examples([secret("11")], [secret("22")])
        #expect(unlike.lines == [])
        let rows: [String: [JSONObject]] = ["bundle": [["name": "case", "value": "C-1"]]]
        let like = try await Examples([secret("11")], [secret("22")], oldRows: rows, newRows: rows)
        #expect(like.differences.map(\.change) == [.changed])
    }

    /// Shapes that no API server makes, members that stand twice, and depth.
    @Test func hostileObjectsAreComparedWithoutHarm() async throws {
        let deep = String(repeating: #"{"a":"#, count: 400) + "1" + String(repeating: "}", count: 400)
        let deeper = String(repeating: #"{"a":"#, count: 400) + "2" + String(repeating: "}", count: 400)
        let odd = [
            (#""x": [null, 1, "a", [], {}]"#, #""x": [{}, [], "a", 1, null, {"name": 5}]"#),
            (#""x": {"k": 1, "k": 2}"#, #""x": {"k": 2}"#), (#""x": \#(deep)"#, #""x": \#(deeper)"#),
            (#""x": {"a.b": 1, "": 2, "[": 3}"#, #""x": {"a.b": 2, "": 3, "[": 4}"#),
            (#""x": [{"name": "a"}, {"name": "a"}]"#, #""x": [{"name": "a"}]"#),
            (#""x": {"\u001b[2J": 1}"#, #""x": {"\u001b[2J": 2}"#),
        ]
        for (number, (one, other)) in odd.enumerated() {
            let examples = try await Examples(
                [Examples.object("Odd", "o", one), #"{"kind": 5, "metadata": []}"#],
                [Examples.object("Odd", "o", other), "{}"])
            // Of members of one name the last counts, as for those that read them.
            #expect(examples.differences.count == (number == 1 ? 0 : 1), "\(number): \(examples.lines)")
        }
    }

    @Test func thousandsOfFieldsAreCountedAndNotKept() async throws {
        func map(_ value: Int) -> String {
            let members = (0..<5_000).map { "\"k\($0)\": \"\(value)\"" }.joined(separator: ", ")
            return Examples.object("ConfigMap", "c", "\"data\": {\(members)}")
        }
        let examples = try await Examples([map(1)], [map(2)])
        #expect(examples.differences.first?.fields.count == 200)
        #expect(examples.differences.first?.left == 4_800)
    }
}
