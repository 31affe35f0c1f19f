import Foundation
import KubernetesClient
import NIOCore
import NIOPosix
import Testing

/// Requests to servers of this process, by real proxies: most of them go through the relay of this process.
@Suite(
    .enabled(
        if: ProxyProcess.areInstalled("tinyproxy", "stunnel", "microsocks") && TestCertificates.shared != nil,
        "tinyproxy, stunnel, microsocks and openssl are not installed: Scripts/setup --tests"),
    .timeLimit(.minutes(1)))
struct ProxyRelayTests {
    private static func withProxy(_ scheme: String, _ body: (ClusterProxy) async throws -> Void) async throws {
        let made = try #require(TestCertificates.shared)
        func named(_ port: Int) throws -> ClusterProxy {
            let config = try Kubeconfig.load(
                explicitPath: made.kubeconfig(server: "https://api.test"),
                environment: ["HTTPS_PROXY": "\(scheme)://alice:sesame@127.0.0.1:\(port)"])
            return try #require(try config.access(context: nil).proxy)
        }
        if scheme == "https" {
            try await ProxyProcess.https(certificate: made.path("server"), user: "alice", password: "sesame") {
                try await body(named($0.port))
            }
        } else if scheme == "http" {
            try await ProxyProcess.http(user: "alice", password: "sesame") { try await body(named($0.port)) }
        } else {
            try await ProxyProcess.socks(user: "alice", password: "sesame") { try await body(named($0.port)) }
        }
    }

    private static func serving(
        _ proxy: ClusterProxy, isTLS: Bool = true, _ script: @escaping FakeServer.Script,
        _ body: (FakeServer, KubernetesClient) async throws -> Void
    ) async throws {
        let made = try #require(TestCertificates.shared)
        try await FakeServer.serving(tls: isTLS ? made.server("server") : nil, script) { server in
            try await server.withClient {
                $0.proxy = proxy
                $0.certificateAuthority = .file(made.path("ca.crt"))
            } _: { client in
                try await body(server, client)
            }
        }
    }

    private static let megabyte = [UInt8]((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

    @Test(arguments: ["https", "socks5"], [true, false])
    func muchComesWholeWhateverItsEnd(_ scheme: String, _ isTLS: Bool) async throws {
        let expected = Data(Array(repeating: Self.megabyte, count: 6).joined())
        try await Self.withProxy(scheme) { proxy in
            let script: FakeServer.Script = { request in
                let body = Array(repeating: FakeStep.send(Self.megabyte), count: 6)
                // Of a known length, or until the server hangs up.
                return request.path.contains("/known/")
                    ? [.text("HTTP/1.1 200 OK\r\nContent-Length: \(6 << 20)\r\n\r\n")] + body
                    : [.text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")] + body + [.closeBehind]
            }
            try await Self.serving(proxy, isTLS: isTLS, script) { _, client in
                // Without a length, a TLS server of these tests ends in a way that is one: it says goodbye.
                for name in ["known", "unknown"] {
                    var got = Data()
                    _ = try await client.log(namespace: "x", pod: name) { got.append(contentsOf: $0) }
                    #expect(got.count == expected.count && got == expected)
                }
            }
        }
    }

    @Test(arguments: ["https", "socks5"])
    func aSlowReaderHoldsTheServerBack(_ scheme: String) async throws {
        try await Self.withProxy(scheme) { proxy in
            let script: FakeServer.Script = { _ in [.text("HTTP/1.1 200 OK\r\n\r\n"), .endless(Self.megabyte)] }
            try await Self.serving(proxy, script) { server, client in
                struct Enough: Error {}
                await #expect(throws: Enough.self) {
                    _ = try await client.log(namespace: "x", pod: "y") { _ in
                        try await Task.sleep(for: .seconds(1))
                        throw Enough()
                    }
                }
                // What the buffers of the kernel and of the proxies hold, not what could be sent in that time.
                #expect(server.endlessBytes < 64 << 20)
            }
        }
    }

    /// An answer in plain HTTP that ends with its connection is whole: one whose connection broke must not seem so.
    @Test func anAnswerThatIsCutOffIsNotWhole() async throws {
        let answers: [FakeProxy.Answer] = [
            .say([5, 0]), .say([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
            .sayAndReset(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf".utf8)),
        ]
        try await FakeProxy.serving(answers) { fake in
            let made = try #require(TestCertificates.shared)
            let config = try Kubeconfig.load(
                explicitPath: made.kubeconfig(server: "http://api.test"),
                environment: ["HTTP_PROXY": "socks5://127.0.0.1:\(fake.port)"])
            let client = try KubernetesClient(
                access: config.access(context: nil), options: ClientOptions(retry: .none))
            var got: [UInt8] = []
            let error = await #expect(throws: KubernetesError.self) {
                _ = try await client.log(namespace: "x", pod: "y") { got += $0 }
            }
            #expect(error?.code == .connectionLost && got == Array("half".utf8), "\(String(describing: error))")
            await client.shutdown()
        }
    }

    /// The certificate of the server is for 127.0.0.1, which the proxy is at and the server is not.
    @Test(arguments: ["http", "https", "socks5"])
    func aServerThatIsNamedByItsAddressIsNotTakenForTheProxy(_ scheme: String) async throws {
        let made = try #require(TestCertificates.shared)
        try await Self.withProxy(scheme) { proxy in
            let script: FakeServer.Script = { _ in [.http(200, #"{"gitVersion":"v1.31.0"}"#)] }
            try await FakeServer.serving(tls: made.server("server"), host: "127.0.0.3", script) { server in
                for skips in [false, true] {
                    try await server.withClient {
                        $0.proxy = proxy
                        $0.certificateAuthority = .file(made.path("ca.crt"))
                        $0.insecureSkipTLSVerify = skips
                    } _: { client in
                        if skips {
                            _ = try await client.version()
                            return
                        }
                        for error in await ProxiedCluster.errors(client) {
                            let said = String(describing: error)
                            #expect(error?.code == .tlsUntrusted, "\(said)")
                            #expect(error?.reason.contains("not for 127.0.0.3") == true, "\(said)")
                        }
                        #expect(server.requests.isEmpty)
                    }
                }
            }
        }
    }

    /// Others on this machine may find the port.
    @Test func strangersGetNowhere() async throws {
        try await FakeProxy.serving([.hang]) { fake in
            let made = try #require(TestCertificates.shared)
            let config = try Kubeconfig.load(
                explicitPath: made.kubeconfig(server: "https://api.test"),
                environment: ["HTTPS_PROXY": "socks5://alice:sesame@127.0.0.1:\(fake.port)"])
            let client = try KubernetesClient(
                access: config.access(context: nil), options: ClientOptions(connectTimeout: .milliseconds(500)))
            let port = try #require(client.relayPort)
            for head in [
                "CONNECT api.test:443 HTTP/1.1\r\n\r\n",
                "CONNECT api.test:443 HTTP/1.1\r\nProxy-Authorization: Basic YWxpY2U6c2VzYW1l\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "X" + String(repeating: "x", count: 20_000), "CONNECT",
            ] {
                let start = ContinuousClock.now
                #expect(try await Self.answer(port, to: head) == [])
                #expect(ContinuousClock.now - start < .seconds(5))
            }
            #expect(fake.turns.isEmpty)
            await client.shutdown()
            // The listener closes on its own event loop.
            var isClosed = false
            for _ in 0..<100 where !isClosed {
                isClosed = await (try? Self.answer(port, to: "CONNECT")) == nil
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(isClosed)
        }
    }

    /// What comes until the other side closes.
    private static func answer(_ port: Int, to text: String) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { incoming, outgoing in
            try await outgoing.write(ByteBuffer(string: text))
            var bytes: [UInt8] = []
            do {
                for try await part in incoming { bytes += Array(part.readableBytesView) }
            } catch is IOError {
                // What was sent last was not read before it closed.
            }
            return bytes
        }
    }
}
