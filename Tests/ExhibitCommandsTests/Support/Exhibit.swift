import Foundation
import Testing

/// The built program, as a user runs it.
enum Exhibit {
    /// Exit codes, by the name they have in the documentation.
    enum Code {
        static let ok: Int32 = 0
        static let usage: Int32 = 64
        static let consistentNotAuthenticated: Int32 = 10
        static let integrityFailed: Int32 = 11
        static let incomplete: Int32 = 12
        static let identityFailed: Int32 = 13
        static let timeFailed: Int32 = 14
        static let notABundle: Int32 = 15
        static let recordsFailed: Int32 = 16
        static let sealedWithGaps: Int32 = 20
        static let wouldHaveGaps: Int32 = 29
        static let sealedInterrupted: Int32 = 21
        static let sealedAtDeadline: Int32 = 22
        static let sealedNothingCaptured: Int32 = 23
        static let sealedDiskFull: Int32 = 24
        static let sealedRecovered: Int32 = 25
        static let sealedWithoutTimestamp: Int32 = 26
        static let sealedWithoutSigner: Int32 = 27
        static let sealedAtMaxSize: Int32 = 28
        static let noKubeconfig: Int32 = 30
        static let wrongContext: Int32 = 31
        static let unreachable: Int32 = 32
        static let serverTimeout: Int32 = 33
        static let certificate: Int32 = 34
        static let denied: Int32 = 35
        static let targetNotFound: Int32 = 36
        static let unsupportedCredential: Int32 = 37
        static let outputNotWritable: Int32 = 40
        static let diskFull: Int32 = 41
        static let outputExists: Int32 = 42
        static let notRecoverable: Int32 = 43
        static let inUse: Int32 = 44
        static let badKey: Int32 = 45
        static let cannotDecrypt: Int32 = 46
        static let entryNotFound: Int32 = 50
        static let noSuchCollector: Int32 = 51
        static let badCollector: Int32 = 52
        static let collectorFailed: Int32 = 53
        static let nothingFound: Int32 = 54
        static let notAllSearched: Int32 = 55
        static let badQuery: Int32 = 56
        static let queryLimit: Int32 = 57
        static let differ: Int32 = 58
        static let interrupted: Int32 = 130

        static let sealed: Set<Int32> = [
            ok, sealedWithGaps, sealedInterrupted, sealedAtDeadline, sealedNothingCaptured, sealedDiskFull,
            sealedWithoutTimestamp, sealedWithoutSigner,
        ]
    }

    /// Nothing of the machine's own configuration is seen by the program under test, nor what another run left in its own.
    static func environment(_ more: [String: String] = [:]) throws -> [String: String] {
        let home = try more["HOME"] ?? Scratch.folder()
        var result = ["PATH": Tool.path, "HOME": home, "XDG_CONFIG_HOME": home + "/.config", "LC_ALL": "C.UTF-8"]
        result.merge(more) { $1 }
        return result
    }

    /// - Parameter through: a program, with its path, that is given the command to run.
    static func start(
        _ arguments: [String], environment: [String: String] = [:], folder: String? = nil, output: FileHandle? = nil,
        through: [String] = []
    ) throws -> Program {
        let binary = try #require(Requirements.binary, "no exhibit to test: build it, or name one in EXHIBIT_BINARY")
        let command = through + [binary] + arguments
        return try Program(
            command[0], Array(command.dropFirst()), environment: try Self.environment(environment),
            folder: folder ?? Scratch.root, standardOutput: output)
    }

    /// Runs it to its end and demands that it did not hang.
    @discardableResult
    static func run(
        _ arguments: [String], environment: [String: String] = [:], folder: String? = nil,
        within limit: Duration = .seconds(60), through: [String] = [],
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Program.Outcome {
        let outcome = try await Turns.during {
            try await start(arguments, environment: environment, folder: folder, through: through)
                .outcome(within: limit)
        }
        #expect(
            !outcome.hung, "exhibit \(arguments.joined(separator: " ")) hung: \(outcome.summary)",
            sourceLocation: location)
        return outcome
    }

    /// Runs it and demands an exit code.
    @discardableResult
    static func expect(
        _ code: Int32, _ arguments: [String], environment: [String: String] = [:], folder: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Program.Outcome {
        let outcome = try await run(arguments, environment: environment, folder: folder, at: location)
        #expect(
            outcome.status == code, "exhibit \(arguments.joined(separator: " ")): \(outcome.summary)",
            sourceLocation: location)
        return outcome
    }
}

extension Program.Outcome {
    /// The one JSON object that standard output must be.
    func json<Value: Decodable>(_ type: Value.Type, at location: SourceLocation = #_sourceLocation) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(output))
        } catch {
            Issue.record(
                "standard output is not the JSON that was asked for (\(error)): \(summary)", sourceLocation: location)
            throw error
        }
    }

    /// A failure must say what was being done and what to do next.
    func expectMessage(_ parts: String..., at location: SourceLocation = #_sourceLocation) {
        for part in parts {
            #expect(errors.contains(part), "no “\(part)” in: \(summary)", sourceLocation: location)
        }
        #expect(!errors.contains("Fatal error"), "it crashed: \(summary)", sourceLocation: location)
    }
}
