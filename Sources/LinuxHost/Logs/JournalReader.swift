internal import Glibc
internal import Subprocess
internal import SystemPackage

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
        _ query: JournalQuery, _ body: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> JournalOutcome {
        guard let executable = executables.first(where: { access($0, X_OK) == 0 }) else {
            return JournalOutcome(end: .noJournalctl, bytes: 0, message: "", command: [])
        }
        let command = [executable] + query.arguments
        if query.maxBytes <= 0 || Task.isCancelled {
            let end: JournalOutcome.End = Task.isCancelled ? .cancelled : .truncated
            return JournalOutcome(end: end, bytes: 0, message: "", command: command)
        }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))
        ]
        do {
            let result = try await run(
                .path(FilePath(executable)), arguments: Arguments(query.arguments),
                environment: .custom(["LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"]), platformOptions: options,
                input: .none, output: .sequence, error: .sequence
            ) { execution in
                let race = JournalRace(query: query, body: body)
                let ended = await race.run(output: execution.standardOutput, errors: execution.standardError) {
                    // Fails only when all of the group are gone already.
                    try? execution.send(signal: .kill, toProcessGroup: true)
                }
                return ended
            }
            let reading = result.closureResult
            if let failure = reading.bodyFailure { throw BodyFailure(error: failure) }
            return Self.outcome(reading, result.terminationStatus, command)
        } catch let failure as BodyFailure {
            throw failure.error
        } catch {
            // The runner's own errors: it could not start, or was cancelled.
            let end: JournalOutcome.End = Task.isCancelled ? .cancelled : .failed(127)
            return JournalOutcome(end: end, bytes: 0, message: RawText("\(error)"), command: command)
        }
    }

    private struct BodyFailure: Error {
        let error: any Error
    }

    private static func outcome(
        _ reading: JournalRace.Reading, _ status: TerminationStatus, _ command: [String]
    ) -> JournalOutcome {
        let end: JournalOutcome.End
        if let early = reading.early {
            end = early
        } else if Task.isCancelled {
            end = .cancelled
        } else if reading.message.string.contains("No journal files were found") {
            end = .noJournal
        } else if reading.isEmpty, reading.message.string.contains("insufficient permissions") {
            // It says so, too, when it passed over every file because they are damaged.
            end = .denied
        } else {
            switch status {
            case .exited(0): end = reading.isEmpty ? .empty : .complete
            case .exited(let code): end = .failed(code)
            case .signaled(let signal): end = .failed(-signal)
            }
        }
        return JournalOutcome(end: end, bytes: reading.bytes, message: reading.message, command: command)
    }
}
