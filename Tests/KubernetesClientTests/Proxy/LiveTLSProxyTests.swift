import Foundation
import KubernetesClient
import Testing

/// Through a real proxy that is itself reached by TLS (Debian's stunnel before tinyproxy) to the real API server.
@Suite(
    .enabled(if: LiveCluster.isThere, "EXHIBIT_TEST_KUBECONFIG is not set: no cluster to test on"),
    .enabled(
        if: ProxyProcess.areInstalled("tinyproxy", "stunnel") && TestCertificates.shared != nil,
        "tinyproxy, stunnel and openssl are not installed: Scripts/setup --tests"),
    .timeLimit(.minutes(2)))
struct LiveTLSProxyTests {
    /// The authorities of the cluster and of these tests in one file, which the proxy may be trusted by, too.
    private static func withAuthorities(_ body: (TestCertificates, String) async throws -> Void) async throws {
        let made = try #require(TestCertificates.shared)
        let access = try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:]).access(context: nil)
        let cluster: Data =
            switch access.certificateAuthority {
            case .data(let bytes): Data(bytes)
            case .file(let path): try Data(contentsOf: URL(filePath: path))
            case nil: Data()
            }
        let path = made.path("both-\(UUID().uuidString).crt")
        try (cluster + Data("\n".utf8) + Data(contentsOf: URL(filePath: made.path("ca.crt"))))
            .write(to: URL(filePath: path))
        try await body(made, path)
    }

    private static func access(_ proxy: String, authority: String) throws -> ClusterAccess {
        var access = try ProxiedCluster.access(proxy: proxy)
        access.certificateAuthority = .file(authority)
        return access
    }

    @Test func everythingGoesThroughWithALogin() async throws {
        try await Self.withAuthorities { made, authority in
            try await ProxyProcess.https(certificate: made.path("server"), user: "alice", password: "sesame") { proxy in
                let access = try Self.access("https://alice:sesame@127.0.0.1:\(proxy.port)", authority: authority)
                try await ProxiedCluster.withClient(access, ProxiedCluster.use)
                // The requests', the command's and the port's.
                #expect(try proxy.log().components(separatedBy: "accepted connection from").count > 3)
            }
        }
    }

    @Test(arguments: ["", "alice:wrong-one@"])
    func aLoginThatIsWrongIsSaidAndNotRepeated(_ login: String) async throws {
        try await Self.withAuthorities { made, authority in
            try await ProxyProcess.https(certificate: made.path("server"), user: "alice", password: "sesame") { proxy in
                try await ProxiedCluster.isRefused(
                    proxy: "https://\(login)127.0.0.1:\(proxy.port)", authority: authority,
                    login.isEmpty ? "it wants a login (407)" : "it refuses the login (")
            }
        }
    }

    @Test(arguments: [
        ("server", false, "its certificate is not trusted here"),
        ("expired", true, "its certificate is not trusted here"),
        ("wrong-name", true, "its certificate is not for 127.0.0.1"),
    ])
    func aProxyThatIsNotTrustedIsToldFromAServerThatIsNot(
        _ certificate: String, _ isKnown: Bool, _ words: String
    ) async throws {
        try await Self.withAuthorities { made, authority in
            try await ProxyProcess.https(certificate: made.path(certificate)) { proxy in
                var access = try ProxiedCluster.access(proxy: "https://127.0.0.1:\(proxy.port)")
                if isKnown { access.certificateAuthority = .file(authority) }
                for skips in [false, true] {
                    // What is said of the cluster is not said of the proxy.
                    access.insecureSkipTLSVerify = skips
                    try await ProxiedCluster.withClient(access) { client in
                        for error in await ProxiedCluster.errors(client) {
                            #expect(error?.code == .proxyFailed, "\(String(describing: error))")
                            #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
                            #expect(error?.reason.contains("the proxy https://127.0.0.1:\(proxy.port)") == true)
                        }
                    }
                }
            }
        }
    }

    @Test func aServerThatIsNotTrustedIsSaidToBeTheServer() async throws {
        try await Self.withAuthorities { made, _ in
            try await ProxyProcess.https(certificate: made.path("server")) { proxy in
                // The proxy's authority alone.
                let access = try Self.access("https://127.0.0.1:\(proxy.port)", authority: made.path("ca.crt"))
                try await ProxiedCluster.withClient(access) { client in
                    for error in await ProxiedCluster.errors(client) {
                        #expect(error?.code == .tlsUntrusted, "\(String(describing: error))")
                        #expect(error?.reason.contains("the server's certificate") == true)
                    }
                }
            }
        }
    }

    @Test func aProxyWithoutTLSIsSaid() async throws {
        try await ProxyProcess.http { proxy in
            let access = try ProxiedCluster.access(proxy: "https://127.0.0.1:\(proxy.port)")
            try await ProxiedCluster.withClient(access, options: ClientOptions(connectTimeout: .seconds(2))) { client in
                for error in await ProxiedCluster.errors(client) {
                    #expect(error?.code == .proxyFailed, "\(String(describing: error))")
                    // The beginning of TLS is random: where a line feed is in it, the proxy has read a line, and hangs up.
                    let reasons = [
                        "it did not answer the TLS handshake in time", "it closed the connection in the TLS",
                    ]
                    #expect(
                        reasons.contains { error?.reason.contains($0) == true }, "\(String(describing: error))")
                    #expect(error?.advice.contains("http://") == true)
                }
            }
        }
    }
}
