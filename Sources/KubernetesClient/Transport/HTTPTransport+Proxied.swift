internal import NIOHTTP1

extension HTTPTransport {
    /// An answer that something behind the API server may have given.
    struct ProxiedAnswer {
        let head: HTTPResponseHead
        /// From sending the request to the head.
        let time: Duration
        /// The next bytes of the body; nil at its end.
        let next: () async throws -> [UInt8]?
    }

    /// Sends a request once, and lends its answer to `receive` whatever its status.
    ///
    /// What stands behind the API server decides nothing here: it does not make this client ask again, wait, run the program that
    /// the kubeconfig names to log in, or believe another time of day.
    func proxied<Result>(
        _ request: Request, isRetry: Bool, receive: (ProxiedAnswer) async throws -> Result
    ) async throws -> Result {
        let failure = failure(request.doing)
        do {
            try await gate.enter()
        } catch {
            throw failure.error(error)
        }
        defer { gate.leave() }
        do {
            try await turn(isRetry: isRetry)
        } catch {
            throw failure.error(error)
        }
        let (prepared, _) = try await prepare(request)
        let sent = ContinuousClock.now
        let exchange = HTTPExchange(client: client, request: prepared, idleLimit: options.readTimeout)
        defer { exchange.close() }
        let head: HTTPResponseHead
        var first: [UInt8]?
        do {
            (head, first) = try await exchange.head()
        } catch {
            throw await explained(failure.error(error))
        }
        return try await receive(
            ProxiedAnswer(head: head, time: ContinuousClock.now - sent) {
                if let bytes = first, !bytes.isEmpty {
                    first = nil
                    self.count { $0.receivedBytes += UInt64(bytes.count) }
                    return bytes
                }
                do {
                    guard let bytes = try await exchange.next() else { return nil }
                    self.count { $0.receivedBytes += UInt64(bytes.count) }
                    return bytes
                } catch {
                    throw failure.error(error)
                }
            })
    }
}
