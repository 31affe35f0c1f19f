internal import ArgumentParser
internal import Bundle
internal import Collection
internal import CollectorSteps
internal import Cryptography
internal import Glibc
internal import Inspection
internal import KubernetesClient
internal import SQLite
internal import Settings
internal import StructuredText
internal import Terminal

/// How a reading command says that it failed: words on standard error, an exit status, and with `--output json` an
/// object.
struct RenderingFailure: Error, CustomStringConvertible {
    let status: ExitStatus
    let message: String
    /// What could have been meant, a line each.
    let suggestions: [String]

    var description: String { message }

    init(_ status: ExitStatus, _ message: String, suggestions: [String] = []) {
        self.status = status
        self.message = message
        self.suggestions = suggestions
    }

    init(_ error: any Error) {
        switch error {
        case let failure as RenderingFailure: self = failure
        case let error as BundleError: self.init(Self.status(error.code), "\(error)")
        case let error as KeyFileError: self.init(error.status, "\(error)")
        case is CryptographyError, is ConfigurationError: self.init(.badKey, "\(error)")
        case let error as SQLError: self.init(error)
        case let error as DefinitionError: self.init(.badCollector, "\(error)")
        case let error as LogChoiceFailure:
            self.init(.entryNotFound, "\(error)", suggestions: error.suggestions)
        case is KubernetesError, is TargetError: self.init(CollectFailure.status(error), "\(error)")
        case let error as RenderingOutput.Failure: self.init(error.isFull ? .diskFull : .outputNotWritable, "\(error)")
        default: self.init(.unexpected, "\(error)")
        }
    }

    private init(_ error: SQLError) {
        switch error.code {
        case .badSQL: self.init(.badQuery, "the SQL: \(error.reason); exhibit query BUNDLE --tables has the tables")
        case .refused: self.init(.badQuery, "the SQL: \(error.reason): only reading is allowed, in one statement")
        case .outOfTime:
            self.init(.queryLimit, "the SQL: \(error.reason); --timeout 10m gives it more, or ask for less")
        case .outOfMemory:
            self.init(
                .queryLimit, "the SQL: it needs more memory than it may have; ask for fewer rows, or do not sort them")
        case .cancelled: self.init(.interrupted, "the SQL: it was cancelled")
        case .file, .table, .other: self.init(.unexpected, "the database of the bundle: \(error.reason)")
        }
    }

    /// Runs a command's body; whatever it throws ends the program with words and the status that fits.
    static func reporting(
        _ command: String, _ format: OutputFormat = .text, _ body: () async throws -> ExitStatus
    ) async throws {
        var status: ExitStatus
        do {
            status = try await body()
        } catch is OutputClosed {
            status = .ok
        } catch let error as ValidationError {
            throw error
        } catch {
            let failure = RenderingFailure(error)
            failure.write(command, format)
            status = failure.status
        }
        if status != .ok { throw status.exitCode }
    }

    /// A line on standard error, escaped.
    static func note(_ text: String, _ role: TerminalStyle.Role = .warning) {
        let style = TerminalStyle(descriptor: STDERR_FILENO)
        put(style(role, TerminalText.escaped(text)))
    }

    func write(_ command: String, _ format: OutputFormat) {
        if format == .json {
            var output = RenderingOutput()
            try? output.json([
                "error": .string(message), "status": .string("\(status)"), "exitCode": JSONValue(status.rawValue),
                "suggestions": .array(suggestions.map { .string($0) }),
            ])
            try? output.flush()
        }
        let style = TerminalStyle(descriptor: STDERR_FILENO)
        Self.put("exhibit \(command): \(style(.error, "failed")): \(TerminalText.escaped(message))")
        for suggestion in suggestions { Self.put("  \(TerminalText.escaped(suggestion))") }
    }

    private static func put(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func status(_ code: BundleError.Code) -> ExitStatus {
        switch code {
        case .notABundle, .unsupported, .readFailed: .notABundle
        case .truncated: .incomplete
        case .damaged, .wrongContent, .tooLarge: .integrityFailed
        case .noSuchEntry: .entryNotFound
        case .noSpace: .diskFull
        case .exists: .outputExists
        case .writeFailed: .outputNotWritable
        case .notRecoverable: .notRecoverable
        case .inUse: .inUse
        case .cannotDecrypt: .cannotDecrypt
        case .wouldDecrypt: .usage
        case .badRecords: .recordsFailed
        default: .unexpected
        }
    }
}
