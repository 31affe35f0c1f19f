import BundleFormat
import Collection
import CollectorSteps
import Foundation
import KubernetesClient
import StructuredText
import Testing

/// The collector `tls` on the pod of that name of `Scripts/test-cluster services`: real servers in a real pod, through the API
/// server's port-forward.
@Suite(.enabled(if: LiveCluster.services != nil, "EXHIBIT_TEST_SERVICES is not set"), .timeLimit(.minutes(2)))
struct ContainerTLSTests {
    private static let capture = Task {
        try await LiveCapture.of(
            "pod/tls", namespace: LiveCluster.services ?? "", catalog: LiveCapture.builtIn(["tls"]))
    }

    private func json(_ container: String, _ port: Int) async throws -> JSONValue {
        let text = try #require(
            try await Self.capture.value.text(
                "tls/\(port).json", "tls", container, namespace: LiveCluster.services ?? ""))
        return try JSONValue(parsing: Array(text.utf8))
    }

    private func problems(_ json: JSONValue) -> [Int] {
        (json["verification"]?["problems"]?.array ?? []).compactMap { $0["code"]?.int }
    }

    @Test func everyTLSPortIsAskedOnce() async throws {
        let capture = try await Self.capture.value
        func states(_ container: String) -> [String: AttemptState] {
            capture.lines("tls", "tls", container).mapValues(\.state)
        }
        #expect(states("good") == ["tls 8443": .ok], "http is not TLS")
        #expect(states("expired") == ["tls 7001": .ok], "8443 is the first container's")
        #expect(states("mutual") == ["tls 443": .ok, "tls 7002": .missing])
        #expect(states("plain") == ["tls 7003": .missing])
        let gone = try #require(capture.lines("tls", "tls", "mutual")["tls 7002"])
        #expect(gone.reason?.code == "NotListening", "\(gone)")
        let plain = try #require(capture.lines("tls", "tls", "plain")["tls 7003"])
        #expect(plain.reason?.code == "NotTLS", "\(plain)")
        #expect(plain.reason?.message.contains("does not speak TLS") == true)
        #expect(capture.lines("tls", "tls", "good").values.allSatisfy { $0.source == .inContainer })
        let custody = capture.custody.filter { $0.action == .portForward }
        #expect(
            Set(custody.compactMap { JSONValue.object($0.detail)["port"]?.int }) == [8443, 7001, 443, 7002, 7003])
        #expect(capture.execs.isEmpty)
    }

    @Test func chainsAreAsTheyAreServed() async throws {
        let good = try await json("good", 8443)
        #expect(good["handshake"]?["complete"]?.bool == true && good["handshake"]?["version"]?.string == "TLSv1.3")
        #expect(good["certificates"]?.array?.map { $0["subject"]?.string } == ["CN=good", "CN=intermediate"])
        #expect(good["certificates"]?[0]?["names"]?.array?.compactMap(\.string) == ["DNS:www.example.test"])
        #expect(good["certificates"]?[0]?["publicKey"]?.string == "EC 256")
        // The root is the pod's own.
        #expect(good["verification"]?["verified"]?.bool == false && problems(good).contains(20))
        let expired = try await json("expired", 7001)
        #expect(problems(expired).contains(10), "\(problems(expired))")
        let mutual = try await json("mutual", 443)
        #expect(mutual["handshake"]?["clientCertificateWanted"]?.bool == true && problems(mutual) == [18])
        #expect(mutual["handshake"]?["alertReceived"]?.int == 116)
    }

    /// What `openssl s_client` in the pod itself is shown.
    @Test(arguments: [("good", 8443), ("expired", 7001), ("mutual", 443)])
    func theChainIsWhatOpenSSLIsShown(container: String, port: Int) async throws {
        let namespace = LiveCluster.services ?? ""
        let config = try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:])
        let client = try KubernetesClient(access: try config.access(context: nil))
        var shown: [UInt8] = []
        _ = try await client.exec(
            namespace: namespace, pod: "tls", container: container,
            argv: ["sh", "-c", "./openssl s_client -connect 127.0.0.1:\(port) -showcerts </dev/null"]
        ) { stream, bytes in
            if stream == .stdout { shown += bytes }
        }
        await client.shutdown()
        func blocks(_ text: String) -> [String] {
            text.matches(of: /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/).map { String($0.output) }
        }
        let capture = try await Self.capture.value
        let pem = try #require(capture.text("tls/\(port).pem", "tls", container, namespace: namespace))
        #expect(!blocks(pem).isEmpty && blocks(pem) == blocks(String(decoding: shown, as: UTF8.self)))
    }
}
