import Inspection
import Testing

struct PathPatternTests {
    static let paths = [
        "data/namespaces/prod/pods/a/a.yaml", "data/namespaces/prod/pods/a/main/main/logs/previous.log",
        "data/namespaces/production/core/pods.yaml", "data/host/sockets.txt", "meta/ledger.jsonl",
    ]

    @Test(
        arguments: [
            ("", [0, 1, 2, 3, 4]), ("data", [0, 1, 2, 3]), ("namespaces/prod", [0, 1]),
            ("/data/namespaces/prod/", [0, 1]),
            ("./meta/ledger.jsonl", [4]), ("namespaces/pro", []), ("namespaces/pro*", [0, 1, 2]),
            ("**/previous.log", [1]),
            ("namespaces/*/pods", [0, 1]), ("*.yaml", []), ("**.yaml", [0, 2]), ("namespaces/prod/pods/?/?.yaml", [0]),
            ("host/*", [3]), ("*", [0, 1, 2, 3, 4]), ("namespaces/*/a.yaml", []), ("nothing", []), ("data/data", []),
        ] as [(String, [Int])])
    func patterns(_ pattern: String, _ expected: [Int]) {
        let matched = Self.paths.indices.filter { PathPattern(pattern).matches(Self.paths[$0]) }
        #expect(matched == expected)
    }

    @Test
    func manyStarsEndSoon() {
        let path = "data/" + String(repeating: "a", count: 900)
        #expect(!PathPattern(String(repeating: "*a", count: 400) + "b").matches(path))
        #expect(!PathPattern(String(repeating: "**", count: 400) + "b").matches(path))
    }

    @Test
    func nearPathsComeFirst() {
        var near = NearPaths("namespaces/prod/pods/a/b.yaml", limit: 2)
        for path in Self.paths { near.add(path) }
        #expect(near.paths.first == "data/namespaces/prod/pods/a/a.yaml")
        #expect(near.paths.count <= 2)
        var far = NearPaths("zzz")
        for path in Self.paths { far.add(path) }
        #expect(far.paths.isEmpty)
    }
}
