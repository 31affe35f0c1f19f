internal import Glibc
internal import Programs

/// Reads the systemd journal by `journalctl`: the format of its files is systemd's own business.
public struct JournalReader: Sendable {
    private let executables: [String]

    /// A reader that runs the first of the given files that is there. The search path of the environment is not used.
    public init(executables: [String] = ["/usr/bin/journalctl", "/bin/journalctl"]) {
        self.executables = executables
    }

    /// Runs the query and hands the output out as it comes, in pieces that end anywhere.
    ///
    /// `journalctl` runs in a session of its own with an empty environment, and its whole process group is killed when
    /// the time or the bytes are used up, when `body` throws, and when the task is cancelled.
    ///
    /// - Throws: only what `body` throws. That there is no journal, or that it failed, is in the outcome.
    public func read(
        _ query: JournalQuery, _ body: ([UInt8]) async throws -> Void
    ) async throws -> JournalOutcome {
        guard let executable = executables.first(where: { access($0, X_OK) == 0 }) else {
            return .noProgram
        }
        let program = Program(
            executable, query.arguments, environment: .only(["LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"]),
            timeout: query.timeout, maxBytes: query.maxBytes)
        // What `journalctl` prints in text formats when nothing matches.
        let nothing = Array("-- No entries --\n".utf8)
        var bytes = 0
        do {
            let result = try await program.run { piece in
                if bytes == 0, query.format == .text, piece == nothing { return }
                bytes += piece.count
                try await body(piece)
            }
            let message = RawText(result.message)
            return JournalOutcome(
                end: Self.end(result.end, isEmpty: bytes == 0, message), bytes: bytes, message: message,
                command: [executable] + query.arguments)
        } catch let error as ProgramError {
            return JournalOutcome(
                end: .failed(127), bytes: 0, message: RawText(error.reason), command: [executable] + query.arguments)
        }
    }

    private static func end(_ end: ProgramResult.End, isEmpty: Bool, _ message: RawText) -> JournalOutcome.End {
        switch end {
        case .truncated: .truncated
        case .timedOut: .timedOut
        case .cancelled: .cancelled
        case _ where message.string.contains("No journal files were found"): .noJournal
        // It says so, too, when it passed over every file because they are damaged.
        case _ where isEmpty && message.string.contains("insufficient permissions"): .denied
        case .exited(0): isEmpty ? .empty : .complete
        case .exited(let code): .failed(code)
        case .signaled(let signal): .failed(-signal)
        }
    }
}
