import CollectorSteps
import StructuredText
import Testing

struct LabelSelectorTests {
    private static func expression(_ key: String, _ word: String, _ values: JSONValue? = nil) -> JSONValue {
        var object: JSONObject = ["key": .string(key), "operator": .string(word)]
        if let values { object["values"] = values }
        return ["matchExpressions": [.object(object)]]
    }

    /// Source: k8s.io/apimachinery `labels.Requirement.Matches`: NotIn also holds where the label is not there.
    @Test(
        arguments: [
            (["matchLabels": ["a": "1"]], true), (["matchLabels": ["a": "2"]], false),
            (["matchLabels": ["b": "1"]], false),
            (["matchLabels": ["a": "1", "c": ""]], true), ([:], true),
            (["matchLabels": [:], "matchExpressions": []], true),
            (expression("a", "In", ["0", "1"]), true), (expression("a", "In", []), false),
            (expression("b", "In", ["1"]), false),
            (expression("a", "NotIn", ["1"]), false), (expression("a", "NotIn", ["2"]), true),
            (expression("b", "NotIn", ["1"]), true),
            (expression("a", "Exists"), true), (expression("c", "Exists"), true), (expression("b", "Exists"), false),
            (expression("a", "DoesNotExist"), false), (expression("b", "DoesNotExist"), true),
            (expression("a", "Gt", ["0"]), false), (expression("a", "in", ["1"]), false), (expression("b", ""), false),
            (
                ["matchLabels": ["a": "1"], "matchExpressions": [["key": "a", "operator": "NotIn", "values": ["1"]]]],
                false
            ),
            (["matchExpressions": [["key": "a", "operator": "Exists"], ["key": "b", "operator": "Unheard"]]], false),
        ] as [(JSONValue, Bool)])
    func semantics(_ selector: JSONValue, _ matches: Bool) throws {
        #expect(try #require(LabelSelector(selector)).matches(["a": "1", "c": ""]) == matches)
    }

    @Test
    func noSelectorIsNotAnEmptyOne() {
        #expect(LabelSelector(nil) == nil)
        #expect(LabelSelector(.null) == nil)
        #expect(LabelSelector("text") == nil)
        #expect(LabelSelector([:])?.matches([:]) == true)
    }

    @Test
    func aServiceWithoutASelectorSelectsNothing() {
        #expect(LabelSelector(plain: nil) == nil)
        #expect(LabelSelector(plain: [:]) == nil)
        #expect(LabelSelector(plain: ["a": "1"])?.matches(["a": "1", "b": "2"]) == true)
        #expect(LabelSelector(plain: ["a": "1", "b": "3"])?.matches(["a": "1", "b": "2"]) == false)
    }
}
