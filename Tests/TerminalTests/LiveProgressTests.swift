import Terminal
import Testing

@Suite("Live progress")
struct LiveProgressTests {
    @Test("draws a block in place, at most ten times a second")
    func frames() {
        let terminal = FakeTerminal(columns: 60)
        let progress = LiveProgress("Collecting", output: terminal.output(), maxActivities: 2)
        progress.add(total: 80)
        progress.tick()
        #expect(terminal.take() == "\u{1B}[?25lCollecting: 0/80 done, 0 ms\u{1B}[K\n\u{1B}[J")

        let logs = progress.begin("pod/web-0 logs")
        terminal.advance(.milliseconds(99))
        progress.tick()
        #expect(terminal.take() == "")

        terminal.advance(.milliseconds(4101))
        _ = progress.begin("pod/web-0\u{1B}[2J sockets")
        _ = progress.begin("third")
        _ = progress.begin("fourth")
        progress.advance(done: 12, bytes: 36_175_872)
        progress.tick()
        #expect(
            terminal.take() == "\u{1B}[1A\rCollecting: 12/80 done, 34.5 MiB, 4 running, 4.2 s\u{1B}[K\n"
                + "  pod/web-0 logs  4.2 s\u{1B}[K\n  pod/web-0\\x1b[2J sockets  0 ms\u{1B}[K\n"
                + "  and 2 more\u{1B}[K\n\u{1B}[J"
        )

        progress.end(logs)
        terminal.advance(.milliseconds(100))
        progress.tick()
        #expect(
            terminal.take() == "\u{1B}[4A\rCollecting: 12/80 done, 34.5 MiB, 3 running, 4.3 s\u{1B}[K\n"
                + "  pod/web-0\\x1b[2J sockets  100 ms\u{1B}[K\n  third  100 ms\u{1B}[K\n  and 1 more\u{1B}[K\n\u{1B}[J"
        )

        progress.finish()
        #expect(terminal.take() == "\u{1B}[4A\r\u{1B}[J\u{1B}[?25h")
        progress.finish()
        progress.tick()
        #expect(terminal.take() == "")
    }

    @Test("cuts lines to the width of this moment, and survives a terminal that became narrower")
    func resizing() {
        let terminal = FakeTerminal(columns: 60)
        let progress = LiveProgress("Collecting", output: terminal.output())
        _ = progress.begin("namespaces/production/pods/web-0 current log")
        progress.tick()
        _ = terminal.take()
        terminal.resize(columns: 30)
        terminal.advance(.seconds(1))
        progress.tick()
        // Lines of 35 and 52 cells take two rows each at the new width.
        #expect(
            terminal.take()
                == "\u{1B}[4A\rCollecting: 0 done, 1 runnin…\u{1B}[K\n  namespaces/producti…  1.0 s\u{1B}[K\n\u{1B}[J")
    }

    @Test("permanent lines stay above the block")
    func permanent() {
        let terminal = FakeTerminal(columns: 40)
        let progress = LiveProgress("Collecting", output: terminal.output())
        var text = ""
        progress.log("before")
        for step in 0..<5 {
            progress.tick()
            let activity = progress.begin("step \(step)")
            terminal.advance(.milliseconds(100))
            progress.tick()
            progress.log("line \(step)\nevil\r\u{1B}[A")
            progress.end(activity)
            progress.advance(done: 1)
            terminal.advance(.milliseconds(100))
        }
        progress.tick()
        text += terminal.take()
        let permanent = ["before"] + (0..<5).flatMap { ["line \($0)", "evil\\x0d\\x1b[A"] }
        let seen = FakeTerminal.show(text, columns: 40)
        #expect(seen.lines == permanent + ["Collecting: 5 done, 1.0 s", ""])
        #expect(!seen.cursorIsVisible)
        progress.finish()
        progress.log("after")
        text += terminal.take()
        let end = FakeTerminal.show(text, columns: 40)
        #expect(end.lines == permanent + ["after", ""])
        #expect(end.cursorIsVisible)
    }

    @Test("never draws more than the terminal has rows, nor wider than it is", arguments: 1..<30)
    func tiny(columns: Int) {
        let terminal = FakeTerminal(columns: columns, rows: 5)
        let progress = LiveProgress("日本語の名前", output: terminal.output())
        for number in 0..<9 { _ = progress.begin("日本語 \(number)") }
        progress.tick()
        let lines = terminal.take().replacing("\u{1B}[K", with: "").replacing("\u{1B}[J", with: "")
            .replacing("\u{1B}[?25l", with: "").split(separator: "\n")
        #expect(lines.count <= 4)
        for line in lines { #expect(DisplayWidth.of(line) <= max(1, columns - 1)) }
    }

    @Test("styles emphasise and do not change widths")
    func styled() {
        let terminal = FakeTerminal(columns: 80)
        let progress = LiveProgress("Collecting", output: terminal.output(style: TerminalStyle(isEnabled: true)))
        _ = progress.begin("a")
        progress.log("cut off", .warning)
        terminal.advance(.seconds(61))
        progress.tick()
        #expect(
            terminal.take()
                == "\u{1B}[33mcut off\u{1B}[0m\n\u{1B}[?25l"
                + "\u{1B}[1mCollecting\u{1B}[0m: 0 done, 1 running, 1 m 01 s\u{1B}[K\n"
                + "  a  \u{1B}[2m1 m 01 s\u{1B}[0m\u{1B}[K\n\u{1B}[J")
    }

    @Test("off a terminal: plain lines, and a heartbeat after ten quiet seconds")
    func plain() async {
        let terminal = FakeTerminal(columns: 20)
        let progress = LiveProgress("Collecting", output: terminal.output(isInteractive: false))
        progress.add(total: 3)
        progress.tick()
        terminal.advance(.seconds(6))
        progress.log("pod/web-0: previous log is missing", .warning)
        #expect(terminal.take() == "pod/web-0: previous log is missing\n")
        _ = progress.begin("pod/api logs")
        terminal.advance(.milliseconds(9999))
        progress.tick()
        #expect(terminal.take() == "")
        terminal.advance(.milliseconds(1))
        progress.tick()
        progress.tick()
        #expect(terminal.take() == "Collecting: 0/3 done, 1 running, 16.0 s; longest: pod/api logs (10.0 s)\n")
        let result = await progress.during("x") { 7 }
        #expect(result == 7)
        progress.finish()
        #expect(terminal.take() == "")
    }

    @Test("the loop ends when progress is finished")
    func loop() async {
        let terminal = FakeTerminal(columns: 40)
        let progress = LiveProgress("Collecting", output: terminal.output())
        async let loop: Void = progress.run()
        progress.finish()
        await loop
        #expect(FakeTerminal.show(terminal.take(), columns: 40).lines == [""])
    }

    @Test("a file is no terminal")
    func device() {
        #expect(!TerminalDevice.isTerminal(-1))
        #expect(TerminalDevice.size(-1) == nil)
    }
}
