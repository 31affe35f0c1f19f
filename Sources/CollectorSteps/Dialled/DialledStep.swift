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
    func limit(_ context: AttemptContext) -> Duration {
        let all = context.limits.timeout
        return all > Self.reserve * 4 ? all - Self.reserve : all * 3 / 4
    }

    func folder(_ kind: String) -> [String] { ["local", collector, kind] }

    /// A file's name for an address.
    static func fileName(_ endpoint: Endpoint) -> String { "\(endpoint.host)_\(endpoint.port)" }

    /// An attempt for each address of an option; what is none is an error of its own.
    func parts(
        _ option: String,
        _ run: @escaping @Sendable (Endpoint, AttemptContext) async throws -> Outcome
    ) -> [LocalPart] {
        addresses(option).map { text in
            LocalPart(name: TextSafety.oneLine(text)) { context in
                do {
                    return try await run(try Endpoint(text), context)
                } catch let error as ProbeError {
                    return ProbeRecord.outcome(error)
                }
            }
        }
    }
}
