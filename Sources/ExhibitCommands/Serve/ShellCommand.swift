internal import ArgumentParser
internal import Glibc
internal import OfflineServer
internal import Programs
internal import Synchronization
internal import Terminal

/// `exhibit shell`: a shell, or a program, whose kubectl asks a capture.
struct ShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "A shell in which kubectl asks a bundle in place of a cluster.",
        discussion: """
            exhibit shell case.tar.zst
            exhibit shell before.tar.zst after.tar.zst         a context for each
            exhibit shell case.tar.zst -- kubectl get pods -A  one program in place of a shell

            KUBECONFIG is set, whatever the shell's start files say, and the prompt says which bundle it is and that it is offline. \
            The exit code is the shell's or program's. Nothing is left afterwards. docs/serve.md says what is answered.
            """)

    @OptionGroup var serving: ServeFlags

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("What to run in place of a shell, with its arguments.", valueName: "command"))
    var command: [String] = []

    func run() async throws {
        var code: Int32 = 0
        try await RenderingFailure.reporting("shell") {
            let session = try await serving.session()
            // Before there is anything that must not be left.
            let ending = Ending()
            let signals = StopSignals([SIGTERM, SIGHUP]) { _ in ending.come() }
            let interrupt = signal(SIGINT, SIG_IGN)
            defer {
                signals.cancel()
                signal(SIGINT, interrupt)
            }
            let folder: RunFolder
            do { folder = try RunFolder() } catch {
                await session.stop()
                throw error
            }
            defer { folder.remove() }
            do {
                code = try await run(session, folder, ending)
            } catch {
                await session.stop()
                throw error
            }
            folder.remove()
            await session.stop()
            return code == 0 ? session.status : .ok
        }
        if code != 0 { throw ExitCode(code) }
    }

    private func run(_ session: ServeSession, _ folder: RunFolder, _ ending: Ending) async throws -> Int32 {
        let kubeconfig = try OwnFile(session.kubeconfig.text, at: folder.file("kubeconfig"))
        let variables = Self.variables(kubeconfig.path, folder, serving)
        for line in session.summary(of: serving.bundles) { RenderingFailure.note(line, .bold) }
        let program = try self.program(session, folder, variables)
        ending.ends(program)
        return try await program.run()
    }

    /// Hands signals on to the program, once it is known: the first asks it to end, the second ends it.
    private final class Ending: Sendable {
        private let state = Mutex<(program: ForegroundProgram?, signals: Int)>((nil, 0))

        func come() {
            state.withLock { state in
                state.signals += 1
                if let program = state.program { Self.end(program, state.signals) }
            }
        }

        func ends(_ program: ForegroundProgram) {
            state.withLock { state in
                state.program = program
                if state.signals > 0 { Self.end(program, state.signals) }
            }
        }

        private static func end(_ program: ForegroundProgram, _ signals: Int) {
            if signals == 1 { program.end() } else { program.kill() }
        }
    }

    private func program(
        _ session: ServeSession, _ folder: RunFolder, _ variables: [String: String]
    ) throws -> ForegroundProgram {
        if let name = command.first {
            let environment = ProgramEnvironment.inherited(adding: variables)
            return ForegroundProgram(
                try environment.search.find(name), Array(command.dropFirst()), environment: environment)
        }
        let shell = OperatorVariable.value("SHELL").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/bin/sh"
        let names = session.captures.map(\.name)
        let more = names.count > 1 ? " +\(names.count - 1)" : ""
        let start = ShellStart(
            shell, in: folder, variables: variables, mark: "[offline: \(names.first ?? "")\(more)] ")
        for (name, text) in start.files { _ = try OwnFile(text, at: folder.file(name)) }
        return ForegroundProgram(
            shell, start.arguments, environment: .inherited(adding: start.environment))
    }

    /// Where kubectl finds the capture, keeps what it learns of it, and asks no proxy for it.
    private static func variables(
        _ kubeconfig: String, _ folder: RunFolder, _ serving: ServeFlags
    ) -> [String: String] {
        let direct = (["127.0.0.1", "localhost", "::1"] + [serving.listen.host]).joined(separator: ",")
        var variables = [
            "KUBECONFIG": kubeconfig, "KUBECACHEDIR": folder.file("cache"), "KUBERC": "off",
            "EXHIBIT_BUNDLE": serving.bundles.joined(separator: ":"),
        ]
        for name in ["NO_PROXY", "no_proxy"] {
            variables[name] = [OperatorVariable.value(name), direct].compactMap { $0 }.filter { !$0.isEmpty }.joined(
                separator: ",")
        }
        return variables
    }
}
