internal import Subprocess
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Follows one process until it has ended: reads both of its outputs, looks at the clock, and ends it when it must.
///
/// The process is not reaped meanwhile, so its number, and that of its group, stays its own. Once it has ended, the library under
/// this gives what is left in the pipes and then their end, whoever still holds them open.
final class ProgramWatch: Sendable {
    /// What became of it.
    struct Outcome: Sendable {
        /// Why it was ended by us.
        var stop: ProgramResult.End?
        var bytes: Int
        var message: [UInt8]
        var failure: (any Error)?

        func result(_ status: TerminationStatus) throws -> ProgramResult {
            if let failure { throw failure }
            let end: ProgramResult.End =
                switch status {
                case .exited(let code): .exited(code)
                case .signaled(let signal): .signaled(signal)
                }
            return ProgramResult(end: stop ?? end, bytes: bytes, message: message)
        }
    }

    private struct State {
        var stop: ProgramResult.End?
        /// How many pieces may still be read from a process that has ended: more come only from others that write on and on.
        var piecesAfterEnd = 64
    }

    private static let maxMessage = 4_096

    private let program: Program
    private let process: pid_t
    private let state = Mutex(State())

    init(program: Program, process: pid_t) {
        self.program = program
        self.process = process
    }

    static func teardown(grace: Duration) -> [TeardownStep] {
        [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)]
    }

    func follow<Input>(
        _ execution: Execution<Input, SequenceOutput, SequenceOutput>, _ output: ([UInt8]) async throws -> Void
    ) async -> Outcome {
        LivePrograms.add(process)
        defer { LivePrograms.remove(process) }
        return await withTaskGroup(of: [UInt8]?.self) { group in
            let teardown = Self.teardown(grace: program.grace)
            group.addTask { [self] in await message(execution.standardError) }
            group.addTask { [self] in
                guard (try? await Task.sleep(for: program.timeout)) != nil else { return nil }
                stop(.timedOut)
                await execution.teardown(using: teardown)
                return nil
            }
            var outcome = Outcome(stop: nil, bytes: 0, message: [])
            do {
                outcome.bytes = try await read(execution.standardOutput, output)
            } catch {
                outcome.failure = error
            }
            await waitForEnd(isOver: outcome.failure != nil) { await execution.teardown(using: teardown) }
            outcome.stop = state.withLock { $0.stop }
            if outcome.stop != nil || outcome.failure != nil || !program.leavesChildren {
                // Fails when there is nobody left, as it should be.
                kill(-process, SIGKILL)
            }
            while let result = await group.next() {
                guard let result else { continue }
                outcome.message = result
                group.cancelAll()
            }
            return outcome
        }
    }

    /// The first reason stays.
    private func stop(_ reason: ProgramResult.End) {
        state.withLock { $0.stop = $0.stop ?? reason }
    }

    /// Whether to read on after another piece. What others write on and on after its end is cut, and that is said of its output.
    private func goesOn(isOutput: Bool) -> Bool {
        let hasEnded = hasEnded
        return state.withLock { state in
            if hasEnded { state.piecesAfterEnd -= 1 }
            if isOutput, state.piecesAfterEnd <= 0 { state.stop = state.stop ?? .truncated }
            return state.stop == nil && state.piecesAfterEnd > 0
        }
    }

    private func read(
        _ pieces: SubprocessOutputSequence, _ output: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        var count = 0
        do {
            for try await buffer in pieces {
                let room = program.maxBytes - count
                let piece = buffer.withUnsafeBytes { Array($0.prefix(room)) }
                count += piece.count
                if !piece.isEmpty {
                    do { try await output(piece) } catch { throw OutputFailure(error: error) }
                }
                if buffer.count > room { stop(.truncated) }
                guard goesOn(isOutput: true) else { break }
            }
        } catch let failure as OutputFailure {
            throw failure.error
        } catch {
            // The pipe failed: there is no more to be had.
        }
        return count
    }

    private struct OutputFailure: Error {
        let error: any Error
    }

    /// Keeps the beginning and takes the rest, so that the process never waits for its error output to be read.
    private func message(_ pieces: SubprocessOutputSequence) async -> [UInt8] {
        var kept: [UInt8] = []
        do {
            for try await buffer in pieces {
                buffer.withUnsafeBytes { kept.append(contentsOf: $0.prefix(Self.maxMessage - kept.count)) }
                guard goesOn(isOutput: false) else { break }
            }
        } catch {
            return kept
        }
        return kept
    }

    private var hasEnded: Bool {
        var information = siginfo_t()
        // WNOWAIT leaves it to be reaped by the library. Without a child of that number there is nothing to wait for, either.
        let result = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
        return result != 0 || information.si_signo != 0
    }

    /// Outputs can be closed long before the end.
    private func waitForEnd(isOver: Bool, _ teardown: () async -> Void) async {
        var delay = Duration.milliseconds(1)
        while !hasEnded {
            if Task.isCancelled { stop(.cancelled) }
            if isOver || state.withLock({ $0.stop != nil }) { return await teardown() }
            try? await Task.sleep(for: delay)
            delay = min(delay * 2, .milliseconds(20))
        }
        if Task.isCancelled { stop(.cancelled) }
    }
}
