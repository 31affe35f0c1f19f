internal import NIOCore
internal import Synchronization

/// What the connections of a server share.
final class ServerCore: Sendable {
    private struct State {
        var handler: (any RequestHandler)?
        var connections: [ObjectIdentifier: (channel: any Channel, handle: ConnectionHandle)] = [:]
        var isEnding = false
    }

    let limits: ServerLimits
    let gate: WorkGate
    private let state = Mutex(State())

    init(_ limits: ServerLimits) {
        self.limits = limits
        gate = WorkGate(limits.requestsAtWork)
    }

    func serve(_ handler: any RequestHandler) {
        state.withLock { $0.handler = handler }
    }

    func respond(to request: APIRequest) async throws -> APIResponse {
        guard let handler = state.withLock({ $0.handler }) else { throw APIFailure.noSuchPath }
        return try await handler.respond(to: request)
    }

    /// Whether there is room for one more, which is forgotten once it is closed.
    func add(_ channel: any Channel, _ handle: ConnectionHandle) -> Bool {
        let key = ObjectIdentifier(channel)
        let isTaken = state.withLock { state in
            guard !state.isEnding, state.connections.count < limits.connections else { return false }
            state.connections[key] = (channel, handle)
            return true
        }
        if isTaken {
            channel.closeFuture.whenComplete { [self] _ in
                state.withLock { _ = $0.connections.removeValue(forKey: key) }
            }
        }
        return isTaken
    }

    private var isEmpty: Bool { state.withLock { $0.connections.isEmpty } }

    /// Ends what idles, then, after ``ServerLimits/end``, all.
    func end() async {
        let connections = state.withLock { state in
            state.isEnding = true
            return Array(state.connections.values)
        }
        for connection in connections { connection.handle.end() }
        await waitForEnd(limits.end)
        for connection in state.withLock({ Array($0.connections.values) }) { connection.channel.close(promise: nil) }
        await waitForEnd(.milliseconds(500))
    }

    private func waitForEnd(_ time: Duration) async {
        let deadline = ContinuousClock.now + time
        while !isEmpty, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
    }
}
