internal import Subprocess
internal import Synchronization
internal import SystemPackage

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A program that has this process's terminal, input and outputs, such as an operator's shell. There is no shell string anywhere.
public final class ForegroundProgram: Sendable {
    private let executable: String
    private let arguments: [String]
    private let environment: ProgramEnvironment
    private struct State {
        /// As long as it has not been reaped.
        var process: pid_t?
        /// What came before it had begun.
        var missed: [Int32] = []
    }

    private let state = Mutex(State())

    /// Nothing is looked at before ``run()``.
    ///
    /// - Parameters:
    ///   - executable: an absolute path; ``ProgramSearch`` finds one by name.
    ///   - arguments: without the program's own name.
    public init(_ executable: String, _ arguments: [String], environment: ProgramEnvironment) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs it to its end, in this process's group, so that the terminal's signals are its own: INT and QUIT are not for this process
    /// meanwhile.
    ///
    /// - Returns: its exit code; 128 and the number of the signal that ended it, as shells have it.
    /// - Throws: ``ProgramError`` when nothing was started.
    public func run() async throws -> Int32 {
        try ProgramSearch.check(executable)
        let isInForeground = tcgetpgrp(STDIN_FILENO) == getpgrp()
        let before = [SIGINT, SIGQUIT].map { (number: $0, action: signal($0, SIG_IGN)) }
        defer { for (number, action) in before { signal(number, action) } }
        do {
            let ended = try await Subprocess.run(
                Configuration(
                    executable: .path(FilePath(executable)), arguments: Arguments(arguments),
                    environment: environment.forSubprocess),
                input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
                output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
            ) { [self] execution in
                let number = execution.processIdentifier.value
                state.withLock { state in
                    state.process = number
                    for missed in state.missed { _ = systemKill(number, missed) }
                    state.missed = []
                }
                await Self.wait(for: number)
                state.withLock { $0.process = nil }
            }
            if isInForeground { Self.takeTerminal() }
            return switch ended.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        } catch let error as SubprocessError {
            throw ProgramError(code: .startFailed, subject: executable, reason: "\(error)")
        }
    }

    /// Asks it to end, as a terminal does that goes away: interactive shells pass over TERM.
    public func end() {
        send([SIGTERM, SIGHUP, SIGCONT])
    }

    /// Ends it at once.
    public func kill() {
        send([SIGKILL])
    }

    private func send(_ signals: [Int32]) {
        state.withLock { state in
            guard let process = state.process else {
                state.missed += signals
                return
            }
            for number in signals { _ = systemKill(process, number) }
        }
    }

    /// It is left to be reaped by the library under this, so that its number stays its own meanwhile.
    private static func wait(for process: pid_t) async {
        var delay = Duration.milliseconds(1)
        while true {
            var information = siginfo_t()
            let result = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
            if result != 0 || information.si_signo != 0 { return }
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, .milliseconds(50))
        }
    }

    /// A shell that was killed has not given the terminal back.
    private static func takeTerminal() {
        guard tcgetpgrp(STDIN_FILENO) != getpgrp() else { return }
        let before = signal(SIGTTOU, SIG_IGN)
        tcsetpgrp(STDIN_FILENO, getpgrp())
        signal(SIGTTOU, before)
    }
}

private func systemKill(_ process: pid_t, _ number: Int32) -> Int32 { kill(process, number) }
