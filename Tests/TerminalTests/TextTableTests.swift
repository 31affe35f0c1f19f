import Terminal
import Testing

@Suite("Tables and styles")
struct TextTableTests {
    private var table: TextTable {
        var table = TextTable([.init("POD"), .init("RESTARTS", .right), .init("REASON")])
        table.append(["web-0", "12", .init("CrashLoopBackOff", .error)])
        table.append(["a-very-long-pod-name-7d9f8b6c5d-x2x4z", "0"])
        table.append(["evil\u{1B}[2J日本", "3", "ok"])
        return table
    }

    @Test("aligns columns, escapes cells, leaves no trailing space")
    func natural() {
        #expect(
            table.lines(width: nil) == [
                "POD                                    RESTARTS  REASON",
                "web-0                                        12  CrashLoopBackOff",
                "a-very-long-pod-name-7d9f8b6c5d-x2x4z         0",
                #"evil\x1b[2J日本                               3  ok"#,
            ])
    }

    @Test("cuts the widest columns")
    func fitted() {
        #expect(
            table.lines(width: 40) == [
                "POD             RESTARTS  REASON",
                "web-0                 12  CrashLoopBack…",
                "a-very-long-p…         0",
                #"evil\x1b[2J日…         3  ok"#,
            ])
        for width in 1..<80 {
            let widest = table.lines(width: width).map { DisplayWidth.of($0) }.max() ?? 0
            #expect(widest <= max(width, 7))
        }
    }

    @Test("a long cell does not make other rows long")
    func longCell() {
        var table = TextTable([.init("NAME"), .init("STATUS")])
        table.append([.init(String(repeating: "x", count: 100_000)), "ok"])
        for _ in 0..<3 { table.append(["web-0", "ok"]) }
        let whole = table.lines(width: nil)
        #expect(whole.map(\.utf8.count) == [208, 100_004, 204, 204, 204])
        let cut = table.lines(width: nil, longest: 50)
        #expect(cut.map { DisplayWidth.of($0) } == [58, 54, 54, 54, 54])
        #expect(cut[1] == String(repeating: "x", count: 49) + "…  ok")
    }

    @Test("emphasises header and roles where styles are on")
    func styled() {
        var table = TextTable([.init("A"), .init("N", .right)])
        table.append([.init("x", .ok), .init("1", .dim)])
        #expect(
            table.lines(width: 80, style: TerminalStyle(isEnabled: true)) == [
                "\u{1B}[1mA\u{1B}[0m  \u{1B}[1mN\u{1B}[0m", "\u{1B}[32mx\u{1B}[0m  \u{1B}[2m1\u{1B}[0m",
            ])
    }

    @Test("without titles there is no header, and no columns give empty lines")
    func headerless() {
        var table = TextTable([.init(""), .init("")])
        table.append(["Seal ID", "abc"])
        table.append(["x", "y", "beyond"])
        #expect(table.lines(width: nil) == ["Seal ID  abc", "x        y"])
        #expect(TextTable([]).lines(width: 10).isEmpty)
    }

    @Test(
        "styles follow the environment",
        arguments: [
            (true, ["TERM": "xterm"], true), (false, ["TERM": "xterm"], false), (true, [:], false),
            (true, ["TERM": "dumb"], false),
            (true, ["TERM": "xterm", "NO_COLOR": "1"], false), (true, ["TERM": "xterm", "NO_COLOR": ""], true),
            (false, ["CLICOLOR_FORCE": "1"], true), (false, ["CLICOLOR_FORCE": "0"], false),
            (false, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
            (true, ["TERM": "xterm", "CLICOLOR": "0"], false),
        ] as [(Bool, [String: String], Bool)])
    func environment(isTerminal: Bool, environment: [String: String], expected: Bool) {
        #expect(TerminalStyle(isTerminal: isTerminal, environment: { environment[$0] }).isEnabled == expected)
    }

    @Test("plain style changes nothing")
    func plain() {
        #expect(TerminalStyle.plain(.error, "x") == "x")
        #expect(TerminalStyle(isEnabled: true)(.error, "x") == "\u{1B}[1;31mx\u{1B}[0m")
    }
}
