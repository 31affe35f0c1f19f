internal import Subprocess

/// Reads both outputs of `journalctl` until they end, the time is over, or enough is read.
struct JournalRace: Sendable {
    /// What was read, and what ended it early.
    struct Reading: Sendable {
        var early: JournalOutcome.End?
        var bytes = 0
        var isEmpty = true
        var message: RawText = ""
        var bodyFailure: (any Error)?
    }

    private enum Event: Sendable {
        case output(Reading)
        case message(RawText)
        case timeout
        case stopped
    }

    let query: JournalQuery
    let body: @Sendable ([UInt8]) async throws -> Void

    /// `kill` ends the process group; both outputs then end.
    func run(
        output: SubprocessOutputSequence, errors: SubprocessOutputSequence, kill: @escaping @Sendable () -> Void
    ) async -> Reading {
        await withTaskGroup(of: Event.self) { group in
            group.addTask { .output(await readOutput(output, kill)) }
            group.addTask { .message(await Self.readMessage(errors)) }
            group.addTask {
                do {
                    try await Task.sleep(for: query.timeout)
                    return .timeout
                } catch {
                    return .stopped
                }
            }
            var reading = Reading()
            var waiting = 2
            var isTimedOut = false
            while waiting > 0, let event = await group.next() {
                switch event {
                case .output(let result):
                    let message = reading.message
                    reading = result
                    reading.message = message
                    waiting -= 1
                case .message(let text):
                    reading.message = text
                    waiting -= 1
                case .timeout:
                    isTimedOut = true
                    kill()
                case .stopped:
                    break
                }
            }
            group.cancelAll()
            if isTimedOut, reading.early == nil { reading.early = .timedOut }
            return reading
        }
    }

    private func readOutput(_ output: SubprocessOutputSequence, _ kill: @Sendable () -> Void) async -> Reading {
        var reading = Reading()
        // What `journalctl` prints in text formats when nothing matches.
        let nothing = Array("-- No entries --\n".utf8)
        do {
            for try await buffer in output {
                var piece = buffer.withUnsafeBytes { Array($0) }
                if piece.isEmpty { continue }
                if reading.bytes == 0, query.format == .text, piece == nothing { continue }
                reading.isEmpty = false
                if piece.count > query.maxBytes - reading.bytes {
                    piece.removeLast(piece.count - (query.maxBytes - reading.bytes))
                    reading.early = .truncated
                }
                reading.bytes += piece.count
                do {
                    if !piece.isEmpty { try await body(piece) }
                } catch {
                    reading.bodyFailure = error
                }
                if reading.early != nil || reading.bodyFailure != nil {
                    kill()
                    return reading
                }
            }
        } catch {
            // Cancelled, or the pipe failed: there is no more to be had.
            if Task.isCancelled { reading.early = .cancelled }
        }
        return reading
    }

    /// Keeps 4 KiB and drains the rest, so that the process never waits for its error output to be read.
    private static func readMessage(_ errors: SubprocessOutputSequence) async -> RawText {
        var kept: [UInt8] = []
        do {
            for try await buffer in errors {
                buffer.withUnsafeBytes { kept.append(contentsOf: $0.prefix(max(0, 4_096 - kept.count))) }
            }
        } catch {
            return RawText(kept)
        }
        return RawText(kept)
    }
}
