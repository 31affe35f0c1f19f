import Glibc
import Programs
import Testing

/// Programs that have the terminal of this process, as far as that can be told without one.
@Suite(.timeLimit(.minutes(1))) struct ForegroundProgramTests {
    private func program(_ script: String, _ arguments: [String] = []) -> ForegroundProgram {
        ForegroundProgram("/bin/sh", ["-c", script] + arguments, environment: .scrubbed())
    }

    @Test(arguments: [("true", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -TERM $$", 143)] as [(String, Int32)])
    func theExitCodeIsHandedOn(script: String, code: Int32) async throws {
        #expect(try await program(script).run() == code)
    }

    @Test func argumentsStayArguments() async throws {
        #expect(
            try await program("test $# = 2 && test \"$1\" = 'a b' && test \"$2\" = '$(id)'", ["sh", "a b", "$(id)"])
                .run() == 0)
    }

    @Test func theTerminalsSignalsAreItsOwn() async throws {
        // The program has INT as ever, though this process passes over it meanwhile.
        #expect(try await program("kill -INT $$; exit 3").run() == 130)
        #expect(try await program("test $(ps -o pgid= -p $$) = $(ps -o pgid= -p $PPID)").run() == 0)
    }

    @Test(arguments: [false, true])
    func itEndsWhenItIsToldTo(isKilled: Bool) async throws {
        // Shells with a person before them pass over TERM.
        let waiting = program(isKilled ? "trap '' TERM HUP; exec sleep 60" : "trap '' TERM; exec sleep 60")
        let telling = Task {
            while !Task.isCancelled {
                if isKilled { waiting.kill() } else { waiting.end() }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        #expect(try await waiting.run() >= 128)
        telling.cancel()
    }

    @Test func whatIsNoProgramIsNotStarted() async {
        await #expect(throws: ProgramError.self) {
            try await ForegroundProgram("/no/such", [], environment: .scrubbed()).run()
        }
    }
}
