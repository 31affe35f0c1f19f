internal import NIOCore

/// A connection, for whoever is not on its event loop.
struct ConnectionHandle: Sendable {
    private let connection: NIOLoopBound<HTTPConnection>
    private let loop: any EventLoop

    /// On the event loop.
    init(_ connection: HTTPConnection, _ loop: any EventLoop) {
        self.connection = NIOLoopBound(connection, eventLoop: loop)
        self.loop = loop
    }

    /// - Throws: `CancellationError` when the client is gone.
    func begin(_ response: APIResponse, length: Int?) async throws {
        try await ask { $0.send(response, length: length) }
    }

    /// Returns when there is room for more.
    func send(_ bytes: [UInt8]) async throws {
        try await ask { $0.send(bytes) }
    }

    func restEnd(atMost time: Duration) async throws {
        try await ask { $0.restEnd(atMost: time) }
    }

    func finish() {
        loop.execute { [connection] in connection.value.finish() }
    }

    func cut() {
        loop.execute { [connection] in connection.value.cut() }
    }

    func end() {
        loop.execute { [connection] in connection.value.end() }
    }

    private func ask(_ body: @escaping @Sendable (HTTPConnection) -> EventLoopFuture<Void>?) async throws {
        try Task.checkCancellation()
        try await loop.flatSubmit { [connection, loop] in
            body(connection.value) ?? loop.makeFailedFuture(CancellationError())
        }.get()
    }
}
