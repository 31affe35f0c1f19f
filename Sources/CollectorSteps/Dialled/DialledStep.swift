internal import Collection
internal import Probes
internal import StructuredText

/// What the steps have in common that dial from the operator's machine.
struct DialledStep: Sendable {
    /// Of an attempt's time, what is left for putting down what came.
    private static let reserve = Duration.milliseconds(500)

    let step: StepDefinition
    let collector: String

    static let allow = StepOption(
        "allow", .choices(AddressPolicy.optional.filter { $0 != .private }.map(\.rawValue)),
        summary:
            "What may be dialled beyond the internet and private networks: loopback is this machine, by its other addresses too; link-local and metadata are also where clouds hand out credentials. None if not given. A name is resolved once, and what is dialled is an address that was judged."
    )

    /// The addresses of the step: an item may hold several, with commas between them.
    func addresses(_ option: String) -> [String] { step.texts(option).flatMap { AddressText.addresses(in: $0) } }

    var policy: AddressPolicy {
        .standard(allowing: Set(step.texts("allow").compactMap { AddressClass(rawValue: $0) }))
    }

    /// For the network, of an attempt's time.
    func limit(_ context: AttemptContext) -> Duration { Self.limit(context.limits) }

    private static func limit(_ limits: StepLimits) -> Duration {
        let all = limits.timeout
        return all > reserve * 4 ? all - reserve : all * 3 / 4
    }

    func folder(_ kind: String) -> [String] { ["local", collector, kind] }

    /// A file's name for an address.
    static func fileName(_ endpoint: Endpoint) -> String { "\(endpoint.host)_\(endpoint.port)" }

    /// An attempt for each address of an option; what is none is an error of its own.
    ///
    /// - Parameter checking: what else has to be in order before an address is dialled.
    func parts(
        _ option: String, checking: @escaping @Sendable (Endpoint) throws -> Void = { _ in },
        _ run: @escaping @Sendable (Endpoint, AttemptContext) async throws -> Outcome
    ) -> [LocalPart] {
        addresses(option).map { text in
            LocalPart(name: TextSafety.oneLine(text)) { context in
                do {
                    return try await run(try Endpoint(text), context)
                } catch let error as ProbeError {
                    return ProbeRecord.outcome(error)
                }
            } foresee: { reach in
                try await Self.foreseeing {
                    let endpoint = try Endpoint(text)
                    try checking(endpoint)
                    return try await foresee(endpoint, reach)
                }
            }
        }
    }

    /// How dialling it would end, as far as that shows: whether the name means something, whether that may be dialled, and, where
    /// one may go so far, whether a connection is accepted.
    func foresee(_ endpoint: Endpoint, _ reach: Foresight.Reach) async throws -> Outcome? {
        let limit = Self.limit(step.limits)
        switch reach {
        case .looking:
            _ = try await HostResolver.dialable(endpoint.host, policy: policy, within: limit)
            return nil
        case .connecting:
            let answer = try await TCPProbe(endpoint, policy: policy, within: limit).run()
            return answer.isConnected ? nil : ProbeRecord.outcome(ofNoConnection: answer)
        }
    }

    /// What the system says that a name means, be it something that may not be dialled.
    func resolve(_ name: String) async throws -> Resolution {
        try await HostResolver.resolve(.name(name), policy: policy, within: Self.limit(step.limits))
    }

    /// An error of the network, or a step's own, is how it would end.
    static func foreseeing(_ work: () async throws -> Outcome?) async throws -> Outcome? {
        do {
            return try await work()
        } catch let error as ProbeError {
            return ProbeRecord.outcome(error)
        } catch let failure as StepFailure {
            return failure.outcome
        }
    }
}
