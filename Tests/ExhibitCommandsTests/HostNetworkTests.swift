import Foundation
import Testing

/// Collectors `host-network` and `packets` in whole runs.
@Suite(.needsBinary, .needsTool("setpriv"), .enabled(if: geteuid() == 0, "it takes capabilities away, and so takes root"))
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
}
