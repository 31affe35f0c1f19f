internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `packets`: what goes over the network for a while, as pcapng.
package struct PacketsStep: HostStepKind {
    static let defaultSeconds = 10
    /// Of a packet of a pod that an overlay carries the headers have 184 bytes at most without options of IP: Ethernet, IPv6, UDP,
    /// VXLAN, Ethernet, IPv6, TCP with all its options. This has them, and the beginning of what is said: a question to DNS, a
    /// request's first line. More would mostly be people's data.
    static let defaultSnapLength = 256

    static let kind: StepKind = {
        var kind = StepKind(
            "packets", scopes: [.host],
            summary:
                "Packets of this host's network while they pass, as pcapng, with what the kernel counted as dropped. Nothing is sent, and no interface is made promiscuous. It takes CAP_NET_RAW. On a loopback interface each packet is there once. What is captured may have passwords in it, and other people's data.",
            source: .node,
            options: [
                StepOption(
                    "interfaces", .items,
                    summary:
                        "Names of interfaces, 32 at most, or any: all, those that come later, too. any if not given."),
                StepOption(
                    "seconds", .number(1...600),
                    summary: "How long; 10 if not given. The step's limits.timeout must be longer by two seconds."),
                StepOption(
                    "snaplen", .number(PacketCapture.snapLengths),
                    summary:
                        "Bytes of each packet that are kept at most; 256 if not given: the headers, also of a pod's packet in that of an overlay, and the beginning of what is said."
                ),
                StepOption(
                    "hosts", .items,
                    summary:
                        "Addresses, or networks as 10.0.0.0/8, 32 at most, or any: only packets from or to one of them. any if not given. The outermost IP header counts."
                ),
                StepOption(
                    "ports", .items,
                    summary:
                        "Ports of TCP, UDP and SCTP, 32 at most, or any: only packets from or to one of them. any if not given. Fragments after the first have none."
                ),
                StepOption(
                    "protocols", .items,
                    summary:
                        "Some of \(PacketFilter.Proto.allCases.map(\.rawValue).joined(separator: ", ")), or any: only those. any if not given. With hosts, ports and protocols a packet must fit each."
                ),
            ],
            output: .named(folder: "host/packets"))
        kind.mustBeNamed = true
        kind.companions = [companion, failures]
        return kind
    }()

    private static let companion = ".json"
    private static let failures = ".failures.jsonl"
    /// It takes its time by intention.
    static let lane = PlannedAttempt.Lane.long

    private let step: StepDefinition

    package init(_ step: StepDefinition, _: HostCapture.Options) {
        self.step = step
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        var options = try PacketsRequest(step).options
        let meant = options.duration
        options.duration = min(meant, context.limits.ownEnd)
        // What stands beside the file has its part, too.
        options.maxBytes = context.limits.bytes - min(context.limits.bytes / 4, 64 << 10)
        let capture = PacketCapture(options)
        let file = step.output ?? "packets.pcapng"
        let entry = try await context.entry(["host", "packets", file], media: .binary)
        let network = HostNetwork(proc: try ProcFileSystem())
        let summary: PacketCaptureSummary
        do {
            summary = try await BlockingReader.stream(into: entry) { output in
                try capture.run(in: network) { bytes in
                    try output.append { $0 += bytes }
                    try output.flush()
                }
            }
        } catch let error as HostError {
            await entry.abandon()
            throw error
        }
        try await entry.finish()
        if summary.end == .cancelled { throw CancellationError() }
        try await context.entry(
            ["host", "packets", file + Self.companion], media: .json, bytes: summary.jsonLine)
        try await HostFailure.write(summary.failures, ["host", "packets", file + Self.failures], context)
        return Self.outcome(summary, context, isShort: options.duration < meant)
    }

    private static func outcome(_ summary: PacketCaptureSummary, _ context: AttemptContext, isShort: Bool) -> Outcome {
        if summary.end == .bytes {
            let limit = context.limits.bytes
            return Outcome(
                .partial,
                reason: Reason(
                    code: "ByteLimit", message: "ended at the limit of \(limit) bytes, after \(summary.packets) packets"
                ),
                truncated: Truncation(limit: limit))
        }
        if let first = summary.failures.failures.first {
            return .partial(
                first.code.ledgerCode, "interfaces that could not be captured from: \(summary.failures.count), \(first)"
            )
        }
        if summary.dropped > 0 {
            return .partial(
                "PacketsDropped",
                "the kernel dropped \(summary.dropped) packets that could not be taken in time, beside \(summary.packets)"
            )
        }
        if summary.untold > 0 {
            return .partial("TooManyInterfaces", "\(summary.untold) packets of further interfaces are left out")
        }
        if isShort {
            return Outcome(
                .timeout,
                reason: Reason(code: "Timeout", message: "limits.timeout of the step is shorter than its seconds"))
        }
        // That nothing passed is what was to be known.
        return .ok
    }
}
