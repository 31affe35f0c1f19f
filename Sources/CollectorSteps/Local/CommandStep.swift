internal import BundleFormat
package import Collection
internal import Programs

/// Step kind `command`: what a program on the operator's machine prints.
package struct CommandStep: LocalStepKind {
    package static let kind = StepKind(
        "command", scopes: [.local],
        summary:
            "What a program on the machine that exhibit runs on prints on standard output, byte for byte. It gets PATH, HOME, LANG, LC_ALL and TMPDIR, what env names, no input and no terminal, and runs in the folder /. When it ends, or must end, what it started in its process group ends, too. Such a collector runs only when --with, or a profile of your own, has its whole name.",
        source: .local,
        options: [
            StepOption(
                "argv", .argv, required: true,
                summary:
                    "The program and its arguments, each an item of its own. The program is a name, looked for in your PATH, or an absolute path. No shell is put around it."
            ),
            StepOption(
                "exits", .numbers(0...255),
                summary:
                    "Exit codes with which the output is whole; [0] if not given. Others make it partial, or an error when there is no output."
            ),
            StepOption(
                "env", .texts,
                summary:
                    "Names of environment variables that it gets beside those, such as AWS_PROFILE, if they are set; none if not given. Their values are not in the bundle, unless the program prints them."
            ),
        ],
        output: .named(folder: "local/<collector>"))

    private let step: StepDefinition
    private let collector: String

    package init(_ step: StepDefinition, _ definition: CollectorDefinition, _: LocalCapture.Options) {
        self.step = step
        collector = definition.name
    }

    package func parts() -> [LocalPart] {
        [
            LocalPart {
                try await run($0)
            } foresee: { _ in
                // A folder of PATH may be on a file system that hangs.
                _ = try await BlockingReader.run { try found() }
                return nil
            }
        ]
    }

    private struct Found: Sendable {
        let argv: [String]
        let executable: String
        let environment: ProgramEnvironment
    }

    /// What is run.
    private func found() throws -> Found {
        let argv = step.texts("argv")
        guard let name = argv.first else { throw StepFailure(.error("NoProgram", "the step names no program")) }
        guard !name.contains("/") || name.hasPrefix("/") else {
            throw StepFailure(.error("NoProgram", "\(name) is a relative path; write an absolute one, or a name"))
        }
        let environment = ProgramEnvironment.scrubbed(passing: step.texts("env"))
        do {
            return Found(argv: argv, executable: try environment.search.find(name), environment: environment)
        } catch {
            throw StepFailure(Self.outcome(error))
        }
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let found = try found()
        let output = step.output ?? "output.txt"
        var entry: EvidenceEntry?
        let result: ProgramResult
        do {
            // The time and the bytes of an attempt are the engine's business: it cancels, and the entry throws.
            try await context.custody(
                .command, detail: try await LocalCustody.detail(found.argv, executable: found.executable))
            let program = Program(
                found.executable, Array(found.argv.dropFirst()), environment: found.environment,
                workingDirectory: "/", timeout: context.limits.timeout + .seconds(5), maxBytes: .max)
            result = try await program.run { piece in
                if entry == nil {
                    entry = try await context.entry(["local", collector, output], media: .named(output))
                }
                try await entry?.write(piece)
            }
        } catch let error as ProgramError {
            return Self.outcome(error)
        }
        if result.end == .cancelled { throw CancellationError() }
        try await entry?.finish()
        return outcome(result, found.argv[0])
    }

    private func outcome(_ result: ProgramResult, _ name: String) -> Outcome {
        let isSilent = result.bytes == 0
        let said = TextSafety.firstLine(String(decoding: result.message, as: UTF8.self)).map { ": \($0)" } ?? ""
        func failure(_ code: String, _ words: String) -> Outcome {
            isSilent ? .error(code, "\(name) \(words)\(said)") : .partial(code, "\(name) \(words)\(said)")
        }
        switch result.end {
        case .exited(let code):
            if (step.numbers("exits") ?? [0]).contains(Int(code)) { return isSilent ? .empty : .ok }
            return failure("ExitCode", "exited with \(code)")
        case .signaled(let signal): return failure("Signal", "was ended by signal \(signal)")
        case .truncated: return failure("ByteLimit", "printed too much")
        case .timedOut, .cancelled: return failure("Timeout", "took too long")
        }
    }

    static func outcome(_ error: ProgramError) -> Outcome {
        switch error.code {
        case .notFound: .missing("NoProgram", error.description)
        case .notExecutable: .denied("NotExecutable", error.description)
        default: .error("NotStarted", error.description)
        }
    }
}
