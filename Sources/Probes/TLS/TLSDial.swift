/// Dials a host and makes a TLS handshake with the first of its addresses that is connected.
public struct TLSDial: Sendable {
    public struct Result: Sendable, Hashable {
        /// What became of dialling each address that was tried, in order; the last one is connected where `answer` is not nil.
        public var dialling: TCPProbe.Answer
        public var answer: TLSAnswer?
    }

    public let endpoint: Endpoint
    public let question: TLSProbe.Question
    public let policy: AddressPolicy
    /// For all of it.
    public let limit: Duration

    public init(_ endpoint: Endpoint, _ question: TLSProbe.Question, policy: AddressPolicy, within limit: Duration) {
        (self.endpoint, self.question, self.policy, self.limit) = (endpoint, question, policy, limit)
    }

    /// - Throws: `CancellationError`, and ``ProbeError/Code/systemFailure``; all else is in the result.
    public func run() async throws -> Result {
        var result = Result(dialling: TCPProbe.Answer(endpoint: endpoint))
        let end = ContinuousClock.now + limit
        do {
            let resolution = try await HostResolver.resolve(endpoint.host, policy: policy, within: limit)
            result.dialling.resolveMilliseconds = resolution.milliseconds
            let addresses = resolution.addresses.prefix(TCPProbe.mostDialled)
            for (index, judged) in addresses.enumerated() where result.answer == nil {
                guard judged.isAllowed else {
                    result.dialling.attempts.append(.refused(judged, resolution))
                    continue
                }
                let share = max(end - .now, .milliseconds(1)) / (addresses.count - index)
                try await dial(judged, share, end, &result)
            }
        } catch let error as ProbeError where error.code != .systemFailure {
            result.dialling.failure = error
        }
        return result
    }

    private func dial(
        _ judged: Resolution.Judged, _ share: Duration, _ end: ContinuousClock.Instant, _ result: inout Result
    ) async throws {
        let watch = Stopwatch()
        var attempt = TCPProbe.Attempt(address: judged.address, kind: judged.kind)
        var answer: TLSAnswer?
        do {
            try await TCPConnection.with(judged.address, port: endpoint.port, within: share) { connection in
                attempt.milliseconds = watch.milliseconds
                attempt.localAddress = connection.localAddress
                answer = try await TLSProbe.run(
                    question, over: connection, within: max(end - .now, .milliseconds(1)))
            }
        } catch let error as ProbeError where error.code != .systemFailure {
            attempt.milliseconds = watch.milliseconds
            attempt.failure = error
        }
        result.dialling.attempts.append(attempt)
        result.answer = answer
    }
}
