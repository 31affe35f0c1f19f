/// Whether something accepts TCP connections: dials every address that a host's name means.
public struct TCPProbe: Sendable {
    /// What became of dialling one address.
    public struct Attempt: Sendable, Hashable {
        public var address: NetworkAddress
        public var kind: AddressClass
        /// Until it was connected, or failed; nil when it was not dialled.
        public var milliseconds: Double?
        /// Which address of this machine it was dialled from.
        public var localAddress: String?
        /// Why it is not connected; nil when it was.
        public var failure: ProbeError?
    }

    public struct Answer: Sendable, Hashable {
        public var endpoint: Endpoint
        public var resolveMilliseconds = 0.0
        public var attempts: [Attempt] = []
        /// Why nothing was dialled.
        public var failure: ProbeError?

        public var isConnected: Bool { attempts.contains { $0.failure == nil } }
    }

    /// More addresses of one name are not dialled.
    static let mostDialled = 8

    public let endpoint: Endpoint
    public let policy: AddressPolicy
    /// For all of it; each of several addresses gets its share.
    public let limit: Duration

    public init(_ endpoint: Endpoint, policy: AddressPolicy, within limit: Duration) {
        self.endpoint = endpoint
        self.policy = policy
        self.limit = limit
    }

    /// - Throws: `CancellationError` only; all else is in the answer.
    public func run() async throws -> Answer {
        var answer = Answer(endpoint: endpoint)
        let end = ContinuousClock.now + limit
        do {
            let resolution = try await HostResolver.resolve(endpoint.host, policy: policy, within: limit)
            answer.resolveMilliseconds = resolution.milliseconds
            let addresses = resolution.addresses.prefix(Self.mostDialled)
            for (index, judged) in addresses.enumerated() {
                guard judged.isAllowed else {
                    answer.attempts.append(.refused(judged, resolution))
                    continue
                }
                let share = max(end - .now, .milliseconds(1)) / (addresses.count - index)
                answer.attempts.append(try await dial(judged, within: share))
            }
        } catch let error as ProbeError {
            answer.failure = error
        }
        return answer
    }

    private func dial(_ judged: Resolution.Judged, within limit: Duration) async throws -> Attempt {
        let watch = Stopwatch()
        var attempt = Attempt(address: judged.address, kind: judged.kind)
        do {
            try await TCPConnection.with(judged.address, port: endpoint.port, within: limit) { connection in
                attempt.localAddress = connection.localAddress
            }
        } catch let error as ProbeError {
            attempt.failure = error
        }
        attempt.milliseconds = watch.milliseconds
        return attempt
    }
}

extension TCPProbe.Attempt {
    static func refused(_ judged: Resolution.Judged, _ resolution: Resolution) -> Self {
        var one = resolution
        one.addresses = [judged]
        return Self(address: judged.address, kind: judged.kind, failure: one.refusal)
    }
}
