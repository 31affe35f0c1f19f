import Inspection
import StructuredText
import Testing

/// Selectors as `kubectl -l` takes them: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels
struct LabelSelectorTests {
    private static let labels = ["app": "web", "tier": "front", "app.kubernetes.io/name": "api", "empty": ""]

    @Test(arguments: [
        ("", true), ("app=web", true), ("app==web", true), ("app = web", true), ("app=db", false), ("app!=db", true),
        ("app!=web", false), ("none!=x", true), ("none=x", false), ("app in (db, web)", true), ("app in (db)", false),
        ("app notin (db,cache)", true), ("app notin (web)", false), ("none notin (web)", true), ("app", true),
        ("none", false), ("!none", true), ("!app", false), ("! none", true),
        ("app=web,tier in (front,back),!none", true),
        ("app=web,tier=back", false), ("app.kubernetes.io/name=api", true), ("empty=", true), ("empty", true),
        ("app in (web),tier notin (back)", true),
    ])
    func labelsAreSelectedAsKubernetesDoes(text: String, isSelected: Bool) throws {
        #expect(try LabelSelector(parsing: text).matches(Self.labels) == isSelected, "\(text)")
    }

    @Test(arguments: [
        "=web", "app=web,", ",app", "app in web", "app in (web", "app like web", "!", "app=web tier=x", "app=(x)",
    ])
    func whatIsNoSelectorIsRefused(text: String) {
        #expect(throws: LabelSelector.Malformed.self, "\(text)") { try LabelSelector(parsing: text) }
    }

    @Test(arguments: [
        (#"{"matchLabels":{"app":"web"}}"#, true), (#"{"matchLabels":{"app":"db"}}"#, false), (#"{"app":"web"}"#, true),
        (#"{"matchExpressions":[{"key":"tier","operator":"In","values":["front"]}]}"#, true),
        (#"{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"app","operator":"DoesNotExist"}]}"#, false),
    ])
    func selectorsOfObjects(text: String, isSelected: Bool) throws {
        let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
        #expect(LabelSelector(object: object)?.matches(Self.labels) == isSelected)
    }

    @Test(arguments: ["{}", #"{"app":1}"#, #"{"matchExpressions":[{"key":"a","operator":"Like"}]}"#])
    func whatSelectsNothingCertainIsNone(text: String) throws {
        #expect(LabelSelector(object: try #require(try JSONValue(parsing: Array(text.utf8)).object)) == nil)
    }
}
