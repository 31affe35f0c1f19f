import Archive
import Testing

struct ForeignPathTests {
    private func judge(_ path: String) -> ForeignPath.Judgement { ForeignPath.judge(Array(path.utf8)) }

    @Test
    func plainPathsStayAsTheyAre() {
        for path in ["a", "a/b.yaml", "a b/c=d/ä", "a/..b/.c", "a\\b", "a/%41"] { #expect(judge(path) == .taken(path)) }
    }

    @Test
    func whatMeansNothingIsLeftOut() {
        #expect(judge("./a/b") == .taken("a/b"))
        #expect(judge("././a") == .taken("a"))
        #expect(judge("a/") == .taken("a"))
        for root in [".", "./", "././"] { #expect(judge(root) == .root) }
    }

    @Test(arguments: ["", "/", "/a", ".//a", "..", "../a", "a/../b", "a/..", "a//b", "a/./b", "a/.", "a\0b", "//"])
    func refused(path: String) {
        guard case .refused = judge(path) else {
            Issue.record("\(judge(path))")
            return
        }
    }

    @Test
    func limits() {
        #expect(judge(String(repeating: "a", count: 4_096)) == .taken(String(repeating: "a", count: 4_096)))
        #expect(judge(String(repeating: "a", count: 4_097)) != .taken(String(repeating: "a", count: 4_097)))
        let deep = Array(repeating: "d", count: 64).joined(separator: "/")
        #expect(judge(deep) == .taken(deep))
        #expect(judge(deep + "/d") == .refused("it is in more than 64 folders"))
    }

    @Test
    func whatSteersATerminalIsEscaped() {
        #expect(judge("a\u{1B}[31m") == .taken("a=1B[31m"))
        #expect(judge("a=\n") == .taken("a=3D=0A"))
        #expect(judge("a\u{202E}b") == .taken("a=E2=80=AEb"))
        #expect(ForeignPath.judge([0x61, 0xFF, 0x3D]) == .taken("a=FF=3D"))
    }
}
