internal import Dispatch
internal import Glibc
internal import Programs
internal import Synchronization

/// Work that a signal ends in order: what it was writing is removed before the program ends.
enum Interruption {
    private struct State {
        var count = 0
        var cancel: (@Sendable () -> Void)?
    }

    /// Runs `body`, which INT, TERM and HUP cancel; what it leaves is what it leaves when it is cancelled. A second
    /// signal ends the program at once.
    ///
    /// - Throws: what `body` throws; `RenderingFailure` with exit code 130 when it was cancelled.
    static func during<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        // It is an error of the write that it interrupts.
        signal(SIGXFSZ, SIG_IGN)
        let state = Mutex(State())
        let queue = DispatchQueue(label: "exhibit.signals")
        // Before the work begins: a signal that came first would end the program by itself.
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                let isFirst = state.withLock { state in
                    state.count += 1
                    state.cancel?()
                    return state.count == 1
                }
                if !isFirst {
                    LivePrograms.killAll()
                    _exit(ExitStatus.interrupted.rawValue)
                }
                RenderingFailure.note("stopping (once more to leave what is there)")
            }
            source.resume()
            return source
        }
        let work = Task.detached { try await body() }
        let isEarly = state.withLock { state in
            state.cancel = { work.cancel() }
            return state.count > 0
        }
        if isEarly { work.cancel() }
        defer { for source in sources { source.cancel() } }
        do {
            return try await work.value
        } catch {
            // Whatever it ended with: it was told to.
            guard work.isCancelled else { throw error }
            throw RenderingFailure(.interrupted, "interrupted; nothing is left of what it had begun")
        }
    }
}
