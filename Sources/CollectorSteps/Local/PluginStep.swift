internal import BundleFormat
package import Collection
internal import Cryptography
internal import Programs
internal import StructuredText

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

    /// The largest that a plugin's file may be.
    private static let maxExecutable = 256 << 20

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
                try await BlockingReader.run { try check() }
                return nil
            }
        ]
    }

    private struct Found: Sendable {
        let argv: [String]
        let digests: [SHA256Digest]
        let executable: String
        let environment: ProgramEnvironment

        var name: String { argv[0] }

        func check(_ digest: SHA256Digest) throws {
            guard digests.contains(digest) else {
                throw StepFailure(
                    .denied(
                        "NotAllowed", "the plugin \(name) is another than was allowed: its sha256 is \(digest)"))
            }
        }
    }

    /// What is run, if its file is one that was allowed.
    private func found() throws -> Found {
        let argv = step.texts("argv")
        guard let name = argv.first, !name.contains("/") || name.hasPrefix("/") else {
            throw StepFailure(.error("NoProgram", "the plugin is to be named by a name or an absolute path"))
        }
        let digests = allowed.filter { $0.name == name }.map(\.digest)
        guard !digests.isEmpty else {
            throw StepFailure(
                .denied("NotAllowed", "the plugin \(name) was not allowed: --allow-plugin \(name)@SHA256"))
        }
        let environment = ProgramEnvironment.scrubbed(passing: step.texts("env"))
        return Found(
            argv: argv, digests: digests, executable: try environment.search.find(name), environment: environment)
    }

    /// Whether it may run, a piece of its file at a time.
    private func check() throws {
        do {
            let found = try found()
            var hash = SHA256()
            try ProgramImage.pieces(of: found.executable, limit: Self.maxExecutable) { hash.update($0) }
            try found.check(hash.finalize())
        } catch let error as ProgramError {
            throw StepFailure(CommandStep.outcome(error))
        }
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        var files = PluginFiles(context: context, folder: ["local", collector])
        let found: Found
        let result: ProgramResult
        do {
            found = try self.found()
            let bytes = try ProgramImage.bytes(of: found.executable, limit: Self.maxExecutable)
            let digest = SHA256.digest(of: bytes)
            try found.check(digest)
            let image = try ProgramImage(bytes, name: found.name)
            defer { withExtendedLifetime(image) {} }
            try await context.custody(
                .command,
                detail: try await LocalCustody.detail(found.argv, executable: found.executable, digest: digest))
            var program = Program(
                image.executable, Array(found.argv.dropFirst()), environment: found.environment, workingDirectory: "/",
                timeout: context.limits.timeout + .seconds(5), maxBytes: .max)
            program.input = request(context)
            result = try await program.run { try await files.write($0) }
        } catch let error as ProgramError {
            return CommandStep.outcome(error)
        } catch let error as PluginTar.Bad {
            try await files.close()
            return files.count > 0 ? .partial("BadOutput", error.reason) : .error("BadOutput", error.reason)
        }
        if result.end == .cancelled { throw CancellationError() }
        try await files.close()
        return outcome(result, found.name, files)
    }

    private func request(_ context: AttemptContext) -> [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("apiVersion", "exhibit/v1")
            $0.member("kind", "PluginRequest")
            $0.member("collector", collector)
            $0.key("limits")
            $0.object {
                $0.member("timeoutMilliseconds", Int(context.limits.timeout / .milliseconds(1)))
                $0.member("bytes", context.limits.bytes)
            }
        }
        json.endLine()
        return json.bytes
    }

    private func outcome(_ result: ProgramResult, _ name: String, _ files: PluginFiles) -> Outcome {
        let said = TextSafety.firstLine(String(decoding: result.message, as: UTF8.self)).map { ": \($0)" } ?? ""
        func failure(_ code: String, _ words: String) -> Outcome {
            files.count > 0 ? .partial(code, "\(name) \(words)\(said)") : .error(code, "\(name) \(words)\(said)")
        }
        switch result.end {
        case .exited(0):
            guard files.isComplete else { return failure("BadOutput", "ended in the middle of its tar stream") }
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
