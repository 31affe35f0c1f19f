import Glibc
import Programs
import Synchronization
import Testing

/// Programs that do not end, or not all of them. Each real, none may hang us or be left behind in its group.
@Suite(.timeLimit(.minutes(1))) struct ProgramEndTests {
    @Test func silenceIsTimedOutWithItsChildren() async throws {
        let run = try await Run.of(Run.shell("echo $$; sleep 1000 & wait", timeout: .milliseconds(300)))
        #expect(run.result.end == .timedOut && run.took < .seconds(3))
        #expect(try await Processes.isGone(-(try #require(pid_t(run.text.dropLast())))))
    }

    @Test func whoeverIgnoresSIGTERMIsKilled() async throws {
        let run = try await Run.of(
            Run.shell("trap '' TERM; echo $$; while :; do sleep 1000; done", timeout: .milliseconds(300)))
        #expect(run.result.end == .timedOut && run.took > .milliseconds(750) && run.took < .seconds(4))
        #expect(try await Processes.isGone(-(try #require(pid_t(run.text.dropLast())))))
    }

    @Test func whoeverObeysSIGTERMMayTidyUp() async throws {
        let run = try await Run.of(
            Run.shell("trap 'echo bye; exit 0' TERM; sleep 1000 & wait", timeout: .milliseconds(300)))
        #expect(run.result.end == .timedOut && run.text == "bye\n")
    }

    /// The outputs stay open in a child that outlives the program.
    @Test(arguments: ["sleep 1000 & echo $$; exit 0", "trap '' TERM; sleep 1000 & echo $$; exit 0"])
    func heirsInTheGroupAreKilled(script: String) async throws {
        let run = try await Run.of(Run.shell(script))
        #expect(run.result.end == .exited(0) && run.took < .seconds(3))
        #expect(try await Processes.isGone(-(try #require(pid_t(run.text.dropLast())))))
    }

    @Test func heirsMayBeLeft() async throws {
        var program = Run.shell("sleep 1000 & echo $!; exit 0")
        program.leavesChildren = true
        let run = try await Run.of(program)
        let child = try #require(pid_t(run.text.dropLast()))
        #expect(run.result.end == .exited(0) && run.took < .seconds(3) && kill(child, 0) == 0)
        kill(child, SIGKILL)
    }

    @Test(arguments: ["sleep 1000", "yes", "yes >&2"])
    func heirsOutsideAreNotWaitedFor(what: String) async throws {
        let run = try await Run.of(Run.shell("setsid \(what) & echo $! >&2; exit 0", maxBytes: 64 << 20))
        #expect(run.result.end == .exited(0) && run.took < .seconds(5), "\(run.result)")
        let number = try #require(pid_t(run.message.split(separator: "\n").first { Int($0) != nil } ?? ""))
        // It does live, and only this test ends it.
        #expect(kill(number, SIGKILL) == 0)
    }

    @Test func endlessOutputIsCutAtTheByte() async throws {
        let run = try await Run.of(Run.shell("echo $$; exec yes", maxBytes: 100_001))
        #expect(run.result.end == .truncated && run.result.bytes == 100_001 && run.output.count == 100_001)
        #expect(try await Processes.isGone(-(try #require(pid_t(run.text.split(separator: "\n").first ?? "")))))
        // What fits exactly is whole.
        let whole = try await Run.of(Run.shell("printf 12345", maxBytes: 5))
        #expect(whole.result.end == .exited(0) && whole.text == "12345")
        #expect(try await Run.of(Run.shell("printf 123456", maxBytes: 5)).result.end == .truncated)
        #expect(try await Run.of(Run.shell("true", maxBytes: 0)).result.end == .exited(0))
    }

    @Test func endlessMessagesEndWithTheTime() async throws {
        let run = try await Run.of(Run.shell("exec yes >&2", timeout: .milliseconds(300)))
        #expect(run.result.end == .timedOut && run.result.message.count == 4_096 && run.took < .seconds(3))
    }

    @Test func closedOutputsAreNoEnd() async throws {
        let late = try await Run.of(Run.shell("exec >&- 2>&-; sleep 0.3; exit 7"))
        #expect(late.result.end == .exited(7) && late.took > .milliseconds(280))
        let never = try await Run.of(Run.shell("exec >&- 2>&-; sleep 1000", timeout: .milliseconds(300)))
        #expect(never.result.end == .timedOut && never.took < .seconds(3))
    }

    @Test func errorsOfTheReaderEndIt() async throws {
        struct Full: Error {}
        let group = Mutex<pid_t?>(nil)
        await #expect(throws: Full.self) {
            _ = try await Run.shell("echo $$; exec yes").run { piece in
                group.withLock { $0 = pid_t(String(decoding: piece, as: UTF8.self).split(separator: "\n").first ?? "") }
                throw Full()
            }
        }
        #expect(try await Processes.isGone(-(try #require(group.withLock { $0 }))))
    }

    @Test(arguments: ["echo $$; sleep 1000", "echo $$; exec yes", "echo $$; exec >&- 2>&-; sleep 1000"])
    func cancellationEndsIt(script: String) async throws {
        let (groups, feed) = AsyncStream<pid_t>.makeStream()
        let task = Task {
            var first = true
            return try await Run.shell(script, maxBytes: .max).run { piece in
                guard first else { return }
                first = false
                feed.yield(pid_t(String(decoding: piece, as: UTF8.self).split(separator: "\n").first ?? "") ?? 0)
            }
        }
        var iterator = groups.makeAsyncIterator()
        let group = try #require(await iterator.next())
        try await Task.sleep(for: .milliseconds(50))
        let begin = ContinuousClock.now
        task.cancel()
        #expect(try await task.value.end == .cancelled && ContinuousClock.now - begin < .seconds(3))
        #expect(group > 0)
        #expect(try await Processes.isGone(-group))
    }

    @Test func cancelledBeforeItBegins() async throws {
        let task = Task {
            try? await Task.sleep(for: .seconds(10))
            return try await Run.of(Run.shell("sleep 1000"))
        }
        task.cancel()
        let run = try await task.value
        #expect(run.result.end == .cancelled && run.took < .seconds(3))
    }

    @Test func manyAtATime() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<60 {
                group.addTask {
                    var program = Run.shell("cat; sleep 0.0\(number % 10); echo \(number)")
                    program.input = Array("in\(number)\n".utf8)
                    return try await Run.of(program).text == "in\(number)\n\(number)\n"
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}
