internal import BundleFormat
internal import Collection
internal import KubernetesClient
internal import Probes
internal import StructuredText

/// Step kind `http` on the operator's machine: what a server answers to a GET from there.
struct LocalHTTPStep: LocalStepKind {
    static let kind: StepKind = {
        var kind = StepKind(
            "http", scopes: [.local],
            summary:
                "What a server answers to a GET from the machine that exhibit runs on, byte for byte. Beside the body stand status, headers and times. Redirects are answers, and not followed; no proxy of the environment is used; the server's certificate must be good for its name, by the system's roots or those of SSL_CERT_FILE.",
            source: .local,
            options: [
                StepOption("url", .url, required: true, summary: "What is asked, or where path is below."),
                StepOption(
                    "path", .path, summary: "What is asked for below url; then url has no query. None if not given."),
                StepOption(
                    "query", .named(secrets: false), summary: "The query, which is encoded for you; none if not given."),
                StepOption(
                    "headers", .named(secrets: true),
                    summary:
                        "Headers of the request; none if not given. Secrets are environment variables ({environment: NAME}): their values are recorded nowhere, and go only over TLS, or to a loopback address that url has as a number (127.0.0.1). A header that sends one back is withheld; a body that does is kept."
                ),
                StepOption(
                    "statuses", .numbers(100...599),
                    summary:
                        "Statuses with which the answer is whole; 200 to 299 if not given. Others make it partial, or an error when it has no body; 401 and 403 make it denied."
                ),
                DialledStep.allow,
            ],
            output: .named(folder: "local/<collector>"))
        kind.companions = [ServiceAnswer.companion]
        return kind
    }()

    private let step: StepDefinition
    private let collector: String

    init(_ step: StepDefinition, _ definition: CollectorDefinition, _: LocalCapture.Options) {
        self.step = step
        collector = definition.name
    }

    func parts() -> [LocalPart] {
        [
            LocalPart(name: step.text("url").map(TextSafety.oneLine)) {
                try await run($0)
            } foresee: { reach in
                try await DialledStep.foreseeing {
                    let request = try request(within: step.limits.timeout)
                    return try await dialled.foresee(request.probe.endpoint, reach)
                }
            }
        ]
    }

    private var dialled: DialledStep { DialledStep(step: step, collector: collector) }

    /// What is sent.
    ///
    /// - Throws: `ProbeError` for what cannot be asked, `StepFailure` for what lacks a secret, or would show it to everybody.
    private func request(within limit: Duration) throws -> (probe: WebProbe, secrets: SentSecrets) {
        let headers = try headers()
        let probe = try WebProbe(
            url: try url(), headers: headers.map { ($0.name, $0.value) }, policy: dialled.policy, within: limit)
        if let refusal = secretsRefusal(probe, dialled) { throw StepFailure(refusal) }
        return (probe, SentSecrets(headers.filter(\.isSecret).map(\.value)))
    }

    func run(_ context: AttemptContext) async throws -> Outcome {
        do {
            let (probe, secrets) = try request(within: dialled.limit(context))
            do {
                return try await capture(probe, secrets, context)
            } catch var error as ProbeError {
                error.reason = secrets.withheld(from: error.reason)
                throw error
            }
        } catch let error as ProbeError {
            return ProbeRecord.outcome(error)
        }
    }

    /// The URL with path and query.
    private func url() throws -> String {
        var url = step.text("url") ?? ""
        let query = step.named("query").map { ($0.name, $0.value.shown) }
        guard step.text("path") != nil || !query.isEmpty else { return url }
        guard !url.contains("?") else {
            throw StepFailure(.error("BadTarget", "the URL has a query, and path or query are to be put behind it"))
        }
        if let path = step.text("path") {
            while url.hasSuffix("/") { url.removeLast() }
            url += path
        }
        return url + RequestPath.query(query)
    }

    private struct Header {
        let name: String
        let value: String
        let isSecret: Bool
    }

    private func headers() throws -> [Header] {
        try step.named("headers").map { item in
            guard case .environment(let name) = item.value else {
                return Header(name: item.name, value: item.value.shown, isSecret: false)
            }
            guard let value = LocalEnvironment.value(name) else {
                throw StepFailure(.error("NoVariable", "the environment variable \(name) is not set"))
            }
            return Header(name: item.name, value: value, isSecret: true)
        }
    }

    /// Secrets do not go where anyone can read them on their way. What a name means is known only when it
    /// is dialled, and then it is too late: only an address counts.
    private func secretsRefusal(_ probe: WebProbe, _ dialled: DialledStep) -> Outcome? {
        let hasSecrets = step.named("headers").contains { if case .environment = $0.value { true } else { false } }
        guard hasSecrets, !probe.isTLS else { return nil }
        if case .address(let address) = probe.endpoint.host, dialled.policy.class(of: address) == .loopback {
            return nil
        }
        return .denied(
            "Plaintext", "a header has a secret, which goes over https only, or to a literal loopback address")
    }

    private func capture(_ probe: WebProbe, _ secrets: SentSecrets, _ context: AttemptContext) async throws -> Outcome {
        // Before it is sent: what could not be put down is not done.
        try await context.custody(.http, detail: ["method": "GET", "url": .string(probe.url)])
        var answer = ServiceAnswer(context, file: ["local", collector, step.output ?? "answer.txt"])
        let statuses = step.numbers("statuses")
        do {
            try await probe.run { head in
                var record = ResponseRecord(
                    url: probe.url, through: "direct", isVerified: probe.isTLS ? true : nil,
                    answer: PodAnswer(
                        status: head.status, headers: head.headers.map { .init($0.name, $0.value) },
                        timeToHead: head.timeToHead))
                record.secrets = secrets
                record.address = "\(head.address)"
                record.version = head.version
                answer.begin(record)
            } chunk: { bytes in
                try await answer.write(bytes)
            }
        } catch is ServiceAnswer.BodyEnd {
            try await answer.finish()
            return answer.outcome(statuses: statuses)
        } catch {
            guard answer.record != nil, !(error is StepFailure) else { throw error }
            let words = secrets.withheld(from: (error as? ProbeError)?.reason ?? "it was cut off")
            try await answer.finish(failure: words)
            guard error is ProbeError else { throw error }
            return .partial("BrokenOff", TextSafety.oneLine(words))
        }
        try await answer.finish()
        return answer.outcome(statuses: statuses)
    }
}
