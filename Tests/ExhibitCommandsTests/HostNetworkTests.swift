import Foundation
import Testing

/// Collectors `host-network` and `packets` in whole runs.
@Suite(
    .needsBinary, .needsTool("setpriv"), .enabled(if: geteuid() == 0, "it takes capabilities away, and so takes root"))
struct HostNetworkTests {
    private static func collect(_ arguments: [String], without capability: String) async throws -> Capture {
        let path = try Scratch.folder() + "/bundle.tar"
        let outcome = try await Exhibit.run(
            ["collect", "host", "--profile", "minimal", "--out", path] + arguments,
            through: ["/usr/bin/setpriv", "--bounding-set", "-\(capability)"])
        #expect(outcome.status == Exhibit.Code.sealedWithGaps, "\(outcome.summary)")
        return Capture(
            path: path, sealID: "", exitCode: outcome.status, folder: try await Capture.unpack(path))
    }

    @Test
    func withoutTheCapabilityTwoTablesAreRefusedAndTheOthersAreThere() async throws {
        let capture = try await Self.collect(["--with", "host-network"], without: "net_admin")
        let line = try #require(try capture.ledger().first { $0.collector == "host-network" })
        #expect(line.state == "partial" && line.reason?.code == "PermissionDenied", "\(line)")
        #expect(line.reason?.message.contains("nftables: takes CAP_NET_ADMIN") == true, "\(line)")
        for name in ["links", "addresses", "rules", "routes"] {
            #expect(try capture.text("data/host/network/\(name).jsonl").hasPrefix("{"))
        }
        #expect(!capture.has("data/host/network/nftables.jsonl"))
    }

    @Test
    func withoutTheCapabilityThereAreNoPackets() async throws {
        let capture = try await Self.collect(
            ["--with", "packets", "--set", "packets.seconds=1"], without: "net_raw")
        let line = try #require(try capture.ledger().first { $0.collector == "packets" })
        #expect(line.state == "denied" && line.reason?.message.contains("CAP_NET_RAW") == true, "\(line)")
    }

    /// Each table reads every line that was captured here.
    @Test
    func whatIsCapturedBecomesRows() async throws {
        let trial = try await CollectorTrial.run(["host-network"], expecting: Exhibit.Code.ok)
        for name in ["host_links", "host_addresses", "host_routes", "host_routing_rules"] {
            let table = try trial.table(name)
            #expect(table.rows > 0 && table.isWhole, "\(name): \(table)")
        }
        #expect(try trial.table("host_links").cells("interface").contains("lo"))
    }
}
