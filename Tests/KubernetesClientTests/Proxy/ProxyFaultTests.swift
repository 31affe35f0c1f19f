import KubernetesClient
import Testing

/// What proxies are told, and what they can do wrong, by way of one that breaks every promise.
@Suite(
    .enabled(if: TestCertificates.shared != nil, "the openssl command is needed to make certificates"),
    .timeLimit(.minutes(1)))
struct ProxyFaultTests {
    private static let ok: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    private static func text(_ text: String) -> FakeProxy.Answer { .say(Array(text.utf8)) }

    /// A client that goes through the proxy, with a login for it.
    private static func withClient(
        _ scheme: String, _ proxy: FakeProxy, server: String = "https://api.test:6443", login: String = "alice:sesame@",
        _ body: (KubernetesClient) async throws -> Void
    ) async throws {
        let made = try #require(TestCertificates.shared)
        let environment = ["HTTPS_PROXY": "\(scheme)://\(login)127.0.0.1:\(proxy.port)"]
        let config = try Kubeconfig.load(
            explicitPath: made.kubeconfig(server: server),
            environment: environment.merging(
                ["HTTP_PROXY": environment["HTTPS_PROXY"] ?? ""]) { one, _ in one })
        var access = try config.access(context: nil)
        access.certificateAuthority = .file(made.path("ca.crt"))
        try await ProxiedCluster.withClient(
            access, options: ClientOptions(connectTimeout: .milliseconds(1_200), retry: .none), body)
    }

    /// What requests and commands end with, without the login in it, and in time.
    private static func expect(
        _ words: String, _ scheme: String, tls certificate: String? = nil, _ answers: [FakeProxy.Answer],
        login: String = "alice:sesame@", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let tls = try certificate.map { try #require(TestCertificates.shared).server($0) }
        try await FakeProxy.serving(tls: tls, answers) { proxy in
            try await withClient(scheme, proxy, login: login) { client in
                let start = ContinuousClock.now
                for error in await ProxiedCluster.errors(client) {
                    let said = String(describing: error)
                    #expect(error?.code == .proxyFailed, "\(said)", sourceLocation: sourceLocation)
                    #expect(error?.reason.contains(words) == true, "\(said)", sourceLocation: sourceLocation)
                    #expect(
                        error?.reason.contains("the proxy \(scheme)://127.0.0.1:\(proxy.port) gives no way") == true,
                        "\(said)", sourceLocation: sourceLocation)
                    #expect(
                        !said.contains("sesame") && !said.contains("YWxpY2U6c2VzYW1l"), "\(said)",
                        sourceLocation: sourceLocation)
                }
                #expect(ContinuousClock.now - start < .seconds(10), sourceLocation: sourceLocation)
            }
        }
    }

    @Test func aProxyInTLSIsToldTheServerAndTheLogin() async throws {
        let made = try #require(TestCertificates.shared)
        try await FakeProxy.serving(tls: made.server("server"), [.close]) { proxy in
            try await Self.withClient("https", proxy) { client in
                _ = await ProxiedCluster.errors(client)
                #expect(proxy.turns.count == 2)
                for turn in proxy.turns {
                    let lines = String(decoding: turn, as: UTF8.self).split(separator: "\r\n")
                    #expect(lines.first == "CONNECT api.test:6443 HTTP/1.1")
                    #expect(lines.contains("Proxy-Authorization: Basic YWxpY2U6c2VzYW1l"))
                    #expect(lines.contains("Host: api.test:6443"))
                }
            }
        }
    }

    @Test func aSOCKSProxyIsToldTheLoginAndTheName() async throws {
        try await FakeProxy.serving([.say([5, 2]), .say([1, 0]), .close]) { proxy in
            try await Self.withClient("socks5", proxy) { client in
                _ = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(
                    proxy.turns == [
                        [5, 2, 0, 2], [1, 5] + Array("alice".utf8) + [6] + Array("sesame".utf8),
                        [5, 1, 0, 3, 8] + Array("api.test".utf8) + [0x19, 0x2B],
                    ])
            }
        }
        // A proxy that wants none is told none.
        try await FakeProxy.serving([.say([5, 0]), .close]) { proxy in
            try await Self.withClient("socks5", proxy) { client in
                _ = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(proxy.turns.count == 2 && proxy.turns.last?.starts(with: [5, 1, 0, 3, 8]) == true)
            }
        }
        try await FakeProxy.serving([.say([5, 0]), .close]) { proxy in
            try await Self.withClient("socks5", proxy, login: "") { client in
                _ = await #expect(throws: KubernetesError.self) { _ = try await client.version() }
                #expect(proxy.turns.first == [5, 1, 0])
            }
        }
    }

    @Test func answersMayComeByteByByte() async throws {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"
        try await FakeProxy.serving(
            [.stutter([5, 2]), .stutter([1, 0]), .stutter(Self.ok), Self.text(page + #"{"gitVersion":"v1.31.0"}"#)]
        ) { proxy in
            try await Self.withClient("socks5", proxy, server: "http://api.test:8080") { client in
                let version = try await client.version()
                #expect(version.gitVersion == "v1.31.0")
            }
        }
    }

    @Test(arguments: [1: "general failure", 2: "not allowed by its rules", 4: "host unreachable", 77: "code 77"])
    func whatASOCKSProxyRefusesIsSaid(_ code: UInt8, _ words: String) async throws {
        try await Self.expect(
            "it does not connect to api.test:6443: \(words)", "socks5",
            [.say([5, 2]), .say([1, 0]), .say([5, code, 0, 1, 0, 0, 0, 0, 0, 0])])
    }

    @Test func whatASOCKSProxySaysWrongIsSaid() async throws {
        for (words, answers) in [
            ("it does not speak SOCKS 5", [Self.text("HTTP/1.1 400 Bad Request\r\n\r\n")]),
            ("it does not speak SOCKS 5", [.say([5, 1])]),
            ("it does not speak SOCKS 5", [.say([4, 2])]),
            ("it takes no login by user name and password", [.say([5, 0xFF])]),
            ("it does not answer a login as SOCKS 5 does", [.say([5, 2]), .say([5, 0])]),
            ("it refuses the login", [.say([5, 2]), .say([1, 0xFF])]),
            ("it closed the connection", [.close]), ("it closed the connection", [.say([5, 2]), .close]),
            ("it closed the connection", [.say([5, 2]), .say([1, 0]), .close]),
            ("it did not answer in time", [.hang]), ("it did not answer in time", [.say([5, 2]), .hang]),
            ("it did not answer in time", [.say([5, 2]), .say([1, 0]), .say([5, 0, 0])]),
            ("it sent more than it was asked for", [.say([5, 2]), .say([1, 0]), .say(Self.ok + [0])]),
        ] as [(String, [FakeProxy.Answer])] {
            try await Self.expect(words, "socks5", answers)
        }
        // One that takes a login which it was not offered.
        try await Self.expect("it does not speak SOCKS 5", "socks5", [.say([5, 2])], login: "")
        try await Self.expect("it wants a login", "socks5", [.say([5, 0xFF])], login: "")
    }

    @Test func whatAProxyInTLSSaysWrongIsSaid() async throws {
        for (words, answers) in [
            ("it does not answer in HTTP", [Self.text("SSH-2.0-OpenSSH_9.2\r\n")]),
            ("it does not connect to api.test:6443: 502 Bad Gateway", [Self.text("HTTP/1.1 502 Bad Gateway\r\n\r\n")]),
            ("it refuses the login (407)", [Self.text("HTTP/1.1 407 No\r\n\r\n")]),
            // It says what it was told.
            ("it does not connect to api.test:6443: 403", [Self.text("HTTP/1.1 403 Not with sesame\r\n\r\n")]),
            (
                "it does not connect to api.test:6443: 403",
                [Self.text("HTTP/1.1 403 Not with Basic YWxpY2U6c2VzYW1l\r\n\r\n")]
            ),
            ("it closed the connection", [.close]), ("it did not answer in time", [.hang]),
            ("it did not answer in time", [Self.text("HTTP/1.1 200 ")]),
            (
                "its answer has no end",
                [.say(Array("HTTP/1.1 200 OK\r\nX: ".utf8) + [UInt8](repeating: 0x61, count: 80_000))]
            ),
        ] as [(String, [FakeProxy.Answer])] {
            try await Self.expect(words, "https", tls: "server", answers)
        }
    }

    @Test func whatGoesWrongInTheHandshakeWithAProxyIsSaid() async throws {
        try await Self.expect("it did not answer the TLS handshake in time", "https", [.hang])
        try await Self.expect("it closed the connection", "https", [.close])
        try await Self.expect("it does not speak TLS", "https", [Self.text("HTTP/1.1 400 Bad Request\r\n\r\n")])
        try await Self.expect("it does not speak TLS", "https", [.say([UInt8](repeating: 0x16, count: 200))])
        // An alert: handshake_failure.
        try await Self.expect("the TLS handshake with it failed", "https", [.say([0x15, 3, 3, 0, 2, 2, 40])])
        try await Self.expect("its certificate is not for 127.0.0.1", "https", tls: "wrong-name", [.hang])
    }
}
