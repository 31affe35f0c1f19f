internal import Glibc
internal import Programs

/// The rules of iptables that are not in nftables (`iptables-legacy`): which tables there are, and by a program of the host what is
/// in them. The kernel hands these rules out only in a binary form of each match's own.
package struct LegacyTables: Sendable {
    /// One family of them.
    package struct Family: Sendable, Hashable {
        package let name: String
        /// Below `/proc/<pid>/net`.
        let file: String
        /// Those that print the rules of the kernel's own tables; the first that is there is run. Names without `legacy` may
        /// mean those of nftables: they print the same then, beside a warning.
        let programs: [String]

        package static let all = [
            Family(
                name: "ipv4", file: "ip_tables_names",
                programs: ["iptables-legacy-save", "iptables-save"]),
            Family(name: "ipv6", file: "ip6_tables_names", programs: ["ip6tables-legacy-save", "ip6tables-save"]),
            Family(name: "arp", file: "arp_tables_names", programs: ["arptables-legacy-save", "arptables-save"]),
        ]
    }

    private static let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]

    private let network: HostNetwork

    package init(_ network: HostNetwork) {
        self.network = network
    }

    /// The tables that exist; none where the kernel has no such tables, or nobody used them.
    package func names(_ family: Family) throws(HostError) -> [String] {
        let contents: FileContents
        do {
            contents = try network.proc.contents(of: "1/net/\(family.file)", limit: 4_096)
        } catch {
            if error.code == .notFound || error.code == .vanished { return [] }
            throw error
        }
        return String(decoding: contents.bytes, as: UTF8.self).split(separator: "\n" as Character).map(String.init)
    }

    /// The program that prints the rules; nil where none is there, or this process is in another network than the host: a program
    /// would print the rules of that.
    package func program(_ family: Family) -> String? {
        guard network.isOwn else { return nil }
        return family.programs.lazy.flatMap { name in Self.folders.map { "\($0)/\(name)" } }
            .first { access($0, X_OK) == 0 }
    }

    /// Runs it, with its counters, and hands out what it prints as it comes.
    ///
    /// - Returns: why it did not print everything, in words; nil when it did.
    package func save(
        _ program: String, maxBytes: Int, timeout: Duration, _ body: ([UInt8]) async throws -> Void
    ) async throws -> String? {
        do {
            let result = try await Program(
                program, ["-c"], environment: .only(["LC_ALL": "C"]), timeout: timeout, maxBytes: maxBytes
            ).run(body)
            switch result.end {
            case .exited(0): return nil
            case .truncated: return "it printed more than \(maxBytes) bytes"
            case .timedOut: return "it took longer than \(timeout)"
            case .cancelled: throw CancellationError()
            case .exited(let code): return "it exited with \(code): \(RawText(result.message).escaped.prefix(200))"
            case .signaled(let signal): return "it was ended by signal \(signal)"
            }
        } catch let error as ProgramError {
            return error.reason
        }
    }
}
