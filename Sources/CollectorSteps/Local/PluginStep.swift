internal import BundleFormat
package import Collection
internal import Programs

/// Step kind `plugin`: the files that a program of the operator's gives.
package struct PluginStep: LocalStepKind {
    package static let kind = StepKind(
        "plugin", scopes: [.local],
        summary:
            "The files that a program of yours gives: it reads a request from standard input and writes a tar stream to standard output, see Plugins. It gets an environment as command does. It runs only if the command line has --allow-plugin NAME@SHA256 with the first item of argv and the digest of its file; what was hashed is what runs.",
        source: .local,
        options: [
            StepOption(
                "argv", .argv, required: true,
                summary: "The program and its arguments, as in command."),
            StepOption(
                "env", .texts,
                summary: "Names of environment variables that it gets, as in command; none if not given."),
        ],
        output: .fixed(["local/<collector>/…"]))

    private let step: StepDefinition
    private let collector: String
    private let allowed: [AllowedPlugin]

    package init(_ step: StepDefinition, _ definition: CollectorDefinition, _ options: LocalCapture.Options) {
        self.step = step
        collector = definition.name
        allowed = options.plugins
    }

    package func parts() -> [LocalPart] {
        [
            LocalPart {
                try await run($0)
            } foresee: { _ in
                try await BlockingReader.run {
                    do {
                        try PluginProgram.check(step, allowed)
                    } catch let error as ProgramError {
                        throw StepFailure(CommandStep.outcome(error))
                    }
                }
                return nil
            }
        ]
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        var files = PluginFiles(context: context, folder: ["local", collector])
        let result: ProgramResult
        let name: String
        do {
            let plugin = try PluginProgram(step, allowed)
            name = plugin.name
            try await context.custody(
                .command,
                detail: try await LocalCustody.detail(
                    plugin.argv, executable: plugin.executable, digest: plugin.digest))
            result = try await plugin.run(
                input: PluginProgram.request(collector: collector, limits: context.limits),
                timeout: context.limits.timeout + .seconds(5)
            ) { try await files.write($0) }
        } catch let error as ProgramError {
            return CommandStep.outcome(error)
        } catch let error as PluginTar.Bad {
            try await files.close()
            return files.count > 0 ? .partial("BadOutput", error.reason) : .error("BadOutput", error.reason)
        }
        if result.end == .cancelled { throw CancellationError() }
        try await files.close()
        return outcome(result, name, files)
    }

    private func outcome(_ result: ProgramResult, _ name: String, _ files: PluginFiles) -> Outcome {
        let said = TextSafety.firstLine(String(decoding: result.message, as: UTF8.self)).map { ": \($0)" } ?? ""
        func failure(_ code: String, _ words: String) -> Outcome {
            files.count > 0 ? .partial(code, "\(name) \(words)\(said)") : .error(code, "\(name) \(words)\(said)")
        }
        switch result.end {
        case .exited(0):
            guard files.isComplete else {
                let words =
                    files.hasBegun
                    ? "ended in the middle of its tar stream" : "printed something else than a tar stream"
                return failure("BadOutput", words)
            }
            return files.count > 0 ? .ok : .empty
        case .exited(let code): return failure("ExitCode", "exited with \(code)")
        case .signaled(let signal): return failure("Signal", "was ended by signal \(signal)")
        case .truncated, .timedOut, .cancelled: return failure("Timeout", "took too long")
        }
    }
}

/// The entries that a plugin's files become.
private struct PluginFiles {
    let context: AttemptContext
    let folder: [String]
    private(set) var count = 0
    private var tar = PluginTar()
    private var entry: EvidenceEntry?

    init(context: AttemptContext, folder: [String]) {
        self.context = context
        self.folder = folder
    }

    /// A plugin that prints nothing has nothing to give.
    var isComplete: Bool { tar.isComplete || tar.isEmpty }
    var hasBegun: Bool { tar.hasBegun }

    mutating func write(_ bytes: [UInt8]) async throws {
        for piece in try tar.take(bytes) {
            switch piece {
            case .begin(let path):
                entry = try await context.entry(folder + path, media: .named(path.last ?? ""))
                count += 1
            case .bytes(let bytes): try await entry?.write(bytes)
            case .end: try await close()
            }
        }
    }

    mutating func close() async throws {
        try await entry?.finish()
        entry = nil
    }
}
