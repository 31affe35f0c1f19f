internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `network`: how packets go through this host, as the kernel has it.
package struct HostNetworkStep: HostStepKind {
    static let kind = StepKind(
        "network", scopes: [.host],
        summary:
            "The network as the kernel of this host has it: interfaces with their counters, addresses, routes of all tables, routing rules, neighbours, the ruleset of nftables (also what iptables-nft made), and the connections that are tracked. Asked by netlink, without a program. Of tables of iptables-legacy there are the names, and where iptables-save is there its output. Rules and connections take CAP_NET_ADMIN; without it the rest is there.",
        source: .node,
        output: .fixed(
            NetworkTable.all.flatMap { table in
                ["host/network/\(table.name).jsonl"] + (table.hasText ? ["host/network/\(table.name).txt"] : [])
            } + [
                "host/network/nf_conntrack.txt", "host/network/iptables.jsonl", "host/network/iptables-<family>.txt",
                "host/network/failures.jsonl",
            ]))

    private static let folder = ["host", "network"]

    private let procRoot: String

    init(_: StepDefinition, _: HostCapture.Options) {
        self.init()
    }

    /// - Parameter procRoot: the host's procfs, whose process 1 is in the network that is meant.
    package init(procRoot: String = "/proc") {
        self.procRoot = procRoot
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let network = HostNetwork(proc: try ProcFileSystem(root: procRoot))
        var verdict = NetworkVerdict()
        for table in NetworkTable.all {
            if table.name == "conntrack", !tracksConnections(network) {
                verdict.note("conntrack: the kernel tracks no connections")
                continue
            }
            let capture = HostTableCapture(table: table, network: network, folder: Self.folder)
            let end = try await capture.run(context)
            verdict.add(table, end)
            if table.name == "conntrack", end.failure != nil, try await copyConnections(network, context) {
                verdict.note("conntrack: nf_conntrack.txt, the kernel's own text of it, is there instead")
            }
        }
        try await legacyTables(network, context, &verdict)
        try await HostFailure.write(verdict.failures, Self.folder + ["failures.jsonl"], context)
        return verdict.outcome
    }

    /// Asking would load the module of a kernel that does not.
    private func tracksConnections(_ network: HostNetwork) -> Bool {
        do throws(HostError) {
            _ = try network.proc.contents(of: "sys/net/netfilter/nf_conntrack_max", limit: 64)
            return true
        } catch {
            return error.code != .notFound
        }
    }

    /// `/proc/net/nf_conntrack`, which kernels have that hand out nothing by netlink; false where it is not there either.
    private func copyConnections(_ network: HostNetwork, _ context: AttemptContext) async throws -> Bool {
        let entry = try await context.entry(Self.folder + ["nf_conntrack.txt"], media: .text)
        do {
            try await BlockingReader.stream(into: entry) { output in
                let file = try network.connectionsFile()
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
                defer { buffer.deallocate() }
                while !Task.isCancelled {
                    let count = try file.read(into: buffer, path: "nf_conntrack")
                    if count == 0 { break }
                    try output.append { $0.append(contentsOf: buffer[0..<count]) }
                }
            }
            try await entry.finish()
            return true
        } catch is HostError {
            await entry.abandon()
            return false
        }
    }

    private func legacyTables(
        _ network: HostNetwork, _ context: AttemptContext, _ verdict: inout NetworkVerdict
    ) async throws {
        let legacy = LegacyTables(network)
        var lines: [UInt8] = []
        for family in LegacyTables.Family.all {
            let names: [String]
            do {
                names = try await BlockingReader.run { try legacy.names(family) }
            } catch let error as HostError {
                verdict.add(error, of: "iptables (\(family.name))")
                continue
            }
            guard !names.isEmpty else { continue }
            var record = LegacyTablesRecord(family: family.name, tables: names)
            if let program = legacy.program(family) {
                let file = "iptables-\(family.name).txt"
                let entry = try await context.entry(Self.folder + [file], media: .text)
                let left = context.limits.bytes - min(context.bytes, context.limits.bytes)
                record.problem = try await legacy.save(
                    program, maxBytes: Int(clamping: left), timeout: min(.seconds(10), context.limits.ownEnd)
                ) { try await entry.write($0) }
                try await entry.finish()
                (record.program, record.file) = (program, file)
            } else {
                record.problem =
                    network.isOwn
                    ? "there is no program here that prints them"
                    : "they are another network's than that of this process, and a program would print its own"
            }
            if let problem = record.problem { verdict.fail("iptables (\(family.name)): \(problem)", "NotListed") }
            record.appendJSONLine(to: &lines)
        }
        if !lines.isEmpty {
            try await context.entry(Self.folder + ["iptables.jsonl"], media: .jsonLines, bytes: lines)
        }
    }
}
