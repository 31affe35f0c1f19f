import Collection
import TestSupport
import Testing

struct TargetSelectorTests {
    @Test(arguments: [
        ("redis", "redis", true), ("redis", "redis:7", true), ("redis", "redis@sha256:00", true),
        ("redis", "redis:7@sha256:00", true), ("redis", "docker.io/library/redis:7", false),
        ("*/redis", "docker.io/library/redis:7", true), ("*/redis", "registry:5000/redis", true),
        ("*/redis", "registry:5000/a/redis:7.0-alpine", true), ("*/redis", "redis", false),
        ("*redis*", "bitnami/redis-cluster", true), ("redis", "redis-exporter", false), ("redis", "", false),
        ("postgres", "redis:postgres", false), ("", "", true),
    ])
    func imagesAreComparedWithoutTagAndDigest(_ pattern: String, _ image: String, _ isPicked: Bool) {
        #expect(TargetSelector(images: [pattern]).picks(image: image, ports: [], labels: [:]) == isPicked)
    }

    @Test
    func anyOfTheCriteriaSuffices() {
        let selector = TargetSelector(
            images: ["redis"], ports: [6_379, 6_380], labels: ["app": "redis", "tier": "cache"])
        #expect(selector.picks(image: "x", ports: [80, 6_380], labels: [:]))
        #expect(selector.picks(image: "x", ports: [], labels: ["app": "redis", "tier": "cache", "more": "1"]))
        #expect(!selector.picks(image: "x", ports: [80], labels: ["app": "redis"]))
        #expect(!TargetSelector().picks(image: "x", ports: [80], labels: [:]))
    }

    @Test(arguments: [
        ("", "", true), ("*", "", true), ("*", "a/b", true), ("?", "", false), ("?", "a", true), ("a*b", "ab", true),
        ("a*b", "a/x/b", true), ("a*b", "abc", false), ("*a*", "bab", true), ("**", "", true), ("a?c", "abc", true),
        ("*.txt", "a.txt.txt", true), ("a*b*c", "abbcbc", true),
    ])
    func patterns(_ pattern: String, _ text: String, _ matches: Bool) {
        #expect(Glob.matches(pattern, text) == matches)
    }

    /// Against the plain recursive definition.
    @Test
    func patternsMeanWhatTheDefinitionSays() {
        func reference(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "*" {
                return reference(pattern.dropFirst(), text)
                    || (!text.isEmpty && reference(pattern, text.dropFirst()))
            }
            guard let next = text.first else { return false }
            return (first == "?" || first == next) && reference(pattern.dropFirst(), text.dropFirst())
        }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            let pattern = (0..<random.next(7)).map { _ in Array("ab*?")[random.next(4)] }
            let text = (0..<random.next(8)).map { _ in Array("abc")[random.next(3)] }
            #expect(
                Glob.matches(String(pattern), String(text)) == reference(pattern[...], text[...]),
                "\(String(pattern)) \(String(text))")
        }
        // Would take ages if stars were tried in all combinations.
        #expect(!Glob.matches(String(repeating: "*a", count: 200) + "b", String(repeating: "a", count: 5_000)))
    }
}
