internal import Collection
internal import Cryptography
internal import Programs
internal import StructuredText

/// A plugin that may run: its file, read once into memory that nobody can change, and what it is run with.
struct PluginProgram {
    /// The largest that a plugin's file may be.
    private static let maxExecutable = 256 << 20

    let argv: [String]
    /// Where the file was found.
    let executable: String
    let digest: SHA256Digest
    private let image: ProgramImage
    private let environment: ProgramEnvironment

    /// As the step's argv names it.
    var name: String { argv.first ?? "" }

    /// - Throws: `StepFailure` when it may not run; `ProgramError` when its file is not there, or cannot be run.
    init(_ step: StepDefinition, _ allowed: [AllowedPlugin]) throws {
        let found = try Found(step, allowed)
        let bytes = try ProgramImage.bytes(of: found.executable, limit: Self.maxExecutable)
        digest = SHA256.digest(of: bytes)
        try found.check(digest)
        (argv, executable, environment) = (found.argv, found.executable, found.environment)
        image = try ProgramImage(bytes, name: found.name)
    }

    /// Whether it may run: throws as the initializer does. Its file is read a piece at a time, and not kept.
    static func check(_ step: StepDefinition, _ allowed: [AllowedPlugin]) throws {
        let found = try Found(step, allowed)
        var hash = SHA256()
        try ProgramImage.pieces(of: found.executable, limit: maxExecutable) { hash.update($0) }
        try found.check(hash.finalize())
    }

    /// A file of the plugin's name, which need not be one that was allowed.
    private struct Found {
        let argv: [String]
        let executable: String
        let environment: ProgramEnvironment
        private let digests: [SHA256Digest]

        var name: String { argv.first ?? "" }

        init(_ step: StepDefinition, _ allowed: [AllowedPlugin]) throws {
            argv = step.texts("argv")
            guard let name = argv.first, !name.contains("/") || name.hasPrefix("/") else {
                throw StepFailure(.error("NoProgram", "the plugin is to be named by a name or an absolute path"))
            }
            digests = allowed.filter { $0.name == name }.map(\.digest)
            guard !digests.isEmpty else {
                throw StepFailure(
                    .denied("NotAllowed", "the plugin \(name) was not allowed: --allow-plugin \(name)@SHA256"))
            }
            environment = ProgramEnvironment.scrubbed(passing: step.texts("env"))
            executable = try environment.search.find(name)
        }

        func check(_ digest: SHA256Digest) throws {
            guard digests.contains(digest) else {
                throw StepFailure(
                    .denied(
                        "NotAllowed", "the plugin \(name) is another than was allowed: its sha256 is \(digest)"))
            }
        }
    }

    /// - Parameter input: a request; nothing is what somebody may start it with by hand.
    func run(
        input: [UInt8], timeout: Duration, maxBytes: Int = .max, _ body: ([UInt8]) async throws -> Void
    ) async throws -> ProgramResult {
        defer { withExtendedLifetime(image) {} }
        var program = Program(
            image.executable, Array(argv.dropFirst()), environment: environment, workingDirectory: "/",
            timeout: timeout, maxBytes: maxBytes)
        program.input = input
        return try await program.run(body)
    }

    /// - Parameter more: members that come after those that there are today.
    static func request(collector: String, limits: StepLimits, more: JSONObject = [:]) -> [UInt8] {
        var request: JSONObject = [
            "apiVersion": "exhibit/v1", "kind": "PluginRequest", "collector": .string(collector),
            "limits": [
                "timeoutMilliseconds": JSONValue(Int(limits.timeout / .milliseconds(1))),
                "bytes": JSONValue(limits.bytes),
            ],
        ]
        for member in more { request[member.key] = member.value }
        return JSONValue.object(request).serialized() + [0x0A]
    }
}
