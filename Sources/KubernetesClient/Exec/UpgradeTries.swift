/// The server's own no to an upgrade: nothing ran, and nothing was connected.
struct RefusedUpgrade: Error {
    let error: KubernetesError
}

extension HTTPTransport {
    /// Asks for an upgraded connection until it is given: once more with a new credential after 401, and after a wait, as the retry policy
    /// has it, after 429.
    ///
    /// - Parameters:
    ///   - path: what is asked for.
    ///   - stage: is told before each try, and when it was refused for now. What it throws ends it.
    ///   - once: one try. Only a ``RefusedUpgrade`` that it throws is tried again.
    /// - Throws: what was refused for good; errors of `stage` and other errors of `once` as they are.
    func upgrading<Value>(
        _ path: String, doing: String, stage: (ExecStage) async throws -> Void = { _ in },
        once: (Credentials.Issued) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        var isRetry = false
        var retriedForToken = false
        while true {
            let issued: Credentials.Issued
            do {
                try await turn(isRetry: isRetry)
                issued = try await credentials.issue(host: server.authority)
            } catch {
                throw failure(doing).error(error)
            }
            try await stage(.trying)
            isRetry = true
            let error: KubernetesError
            do {
                return try await once(issued)
            } catch let refused as RefusedUpgrade {
                error = refused.error
            }
            guard [.unauthorized, .tooManyRequests].contains(error.code) else { throw error }
            try await stage(.refusedForNow)
            if error.code == .unauthorized {
                guard !retriedForToken, try await credentials.renewed(after: issued.origin) else { throw error }
                retriedForToken = true
                continue
            }
            guard let delay = delay(after: error, attempt: attempt, path: path) else { throw error }
            attempt += 1
            do {
                try await Task.sleep(for: delay)
            } catch {
                throw failure(doing).error(RequestPace.CancelledWhilePaused())
            }
        }
    }
}
