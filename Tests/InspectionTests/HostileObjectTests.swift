import Inspection
import StructuredText
import Testing

struct HostileObjectTests {
    @Test
    func aliasesAreNotFollowed() {
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...60 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        for text in [
            bomb, "a: &x {}\n? *x\n: 1", "\"q\": \"&x\"\nb: &x 1\nc: *x", "a: {b: &x-1 [], c: [*x-1]}",
            "a: |\n  &x\nb: *x",
        ] {
            #expect(throws: (any Error).self) { try object(text) }
        }
    }

    @Test
    func whatOnlyLooksLikeAnchorsIsRead() throws {
        let pod = try object(
            """
            command:
            - sh
            - -c
            - "run 2>&1 && echo *.log & wait"
            text: "a &b c"
            glob: "**/x"
            """)
        #expect(pod["command"]?.elements.count == 3)
        #expect(pod["text"]?.text == "a &b c")
    }

    @Test(arguments: [
        "", "- a", "text", "a: b: c", "a: 1\na: 2", "a: \"x", "%YAML 9.9\n---\na: 1", "{", "a: 1\n---\nb: 2",
    ])
    func whatIsNoObjectIsRefused(text: String) {
        #expect(throws: (any Error).self) { try object(text) }
    }

    @Test
    func otherBytesThanUTF8AreRefused() {
        #expect(throws: (any Error).self) { try YAMLReader.json(of: [0x61, 0x3A, 0x20, 0xFF][...]) }
    }

    @Test
    func deepNestingEnds() {
        for text in [
            "a: " + String(repeating: "[", count: 200_000),
            "a: " + String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 100_000),
            String(repeating: "? ", count: 100_000),
        ] {
            #expect(throws: (any Error).self) { try object(text) }
        }
    }

    @Test
    func numbersBeyondReasonDoNotTrap() throws {
        let status = "{name: a, restartCount: \(Int.max), state: {terminated: {exitCode: \(Int.min)}}}"
        let pod = PodStatusColumn(
            try object("status: {containerStatuses: [\(status), \(status), {restartCount: \(Int.min)}]}"))
        #expect(pod.restarts == 2 * Int(Int32.max))
    }

    @Test
    func nullIsAbsent() throws {
        let node = try object("a: null\nb: ~\nc:\nd: \"null\"\ne: ''")
        #expect(node["a"] == nil && node["b"] == nil && node["c"] == nil)
        #expect(node["d"]?.text == "null" && node["e"]?.text == "")
    }
}
