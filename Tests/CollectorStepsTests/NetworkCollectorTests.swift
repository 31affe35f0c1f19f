import BundleFormat
import Collection
import CollectorSteps
import Testing

/// The collector `network` in a real container. The test cluster has no DNS: that its questions end is what is seen of them.
@Suite(.enabled(if: LiveCluster.kubeconfig != nil, "EXHIBIT_TEST_KUBECONFIG names no kubeconfig"))
struct NetworkCollectorTests {
    @Test(.timeLimit(.minutes(1)))
    func aContainerSaysWhatItReaches() async throws {
        let capture = try await LiveCapture.of("deployment/shell", catalog: LiveCapture.builtIn(["network"]))
        let files = capture.contents.filter { $0.key.contains("/shell/services/network/") }
        func text(_ name: String) throws -> String {
            let file = try #require(files.first { $0.key.hasSuffix("/\(name)") }, "\(files.keys.sorted())")
            return String(decoding: file.value, as: UTF8.self)
        }
        #expect(try text("resolv.conf").contains("nameserver "))
        #expect(try text("hosts.txt").contains("127.0.0.1"))
        #expect(try text("dns.txt").contains("==> nslookup kubernetes.default <==\n"))
        // The API server is there.
        let connect = try text("connect.txt")
        #expect(connect.contains("KUBERNETES_SERVICE_HOST=") && connect.hasSuffix("(exit code 0)\n"), "\(connect)")
        #expect(capture.lines.filter { $0.collector == "network" }.allSatisfy { $0.state == .ok })
    }
}
