/// Answers one request, and hands the answer to its connection as fast as that takes it.
struct Delivery: Sendable {
    /// Bytes that are handed over at once.
    private static let piece = 64 << 10

    let server: ServerCore
    let connection: ConnectionHandle

    func start(_ request: APIRequest) -> Task<Void, Never> {
        Task {
            do {
                try await deliver(try await answer(request), withoutBody: request.method == "HEAD")
            } catch {
                connection.cut()
            }
        }
    }

    private func answer(_ request: APIRequest) async throws -> APIResponse {
        try Task.checkCancellation()
        guard server.gate.enter() else {
            var busy = APIFailure(429, "TooManyRequests", "too many requests at once, please try again later").response
            busy.headers.append(("Retry-After", "1"))
            return busy
        }
        defer { server.gate.leave() }
        do {
            return try await server.respond(to: request)
        } catch let failure as APIFailure {
            return failure.response
        } catch let error as CancellationError {
            throw error
        } catch {
            return APIFailure(500, "InternalError", SafeText.line("\(error)")).response
        }
    }

    private func deliver(_ response: APIResponse, withoutBody: Bool) async throws {
        switch response.body {
        case .bytes(let bytes):
            try await connection.begin(response, length: bytes.count)
            if !withoutBody { try await write(bytes) }
        case .stream(let stream):
            try await connection.begin(response, length: nil)
            // The length is not known, and no chunk may follow.
            if withoutBody { return connection.cut() }
            try await stream(Writer(delivery: self))
        }
        connection.finish()
    }

    private func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await connection.send(Array(rest.prefix(Self.piece)))
            rest = rest.dropFirst(Self.piece)
        }
    }

    private struct Writer: ResponseWriter {
        let delivery: Delivery

        func write(_ bytes: [UInt8]) async throws {
            try await delivery.write(bytes)
        }

        func waitForEnd(atMost time: Duration) async throws {
            try await delivery.connection.restEnd(atMost: time)
        }
    }
}
