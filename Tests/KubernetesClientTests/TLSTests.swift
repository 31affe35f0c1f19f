import Foundation
import KubernetesClient
import NIOHTTP1
import Testing

/// What a certificate can be wrong in, on either side.
@Suite(
    .enabled(if: TestCertificates.shared != nil, "the openssl command is needed to make certificates"),
    .timeLimit(.minutes(1)))
struct TLSTests {
    private static let version: FakeServer.Script = { _ in [.http(200, #"{"gitVersion":"v1.31.0"}"#)] }

    private static func ask(
        _ certificate: String, _ change: (inout ClusterAccess) -> Void = { _ in }
    ) async throws -> (error: KubernetesError?, requests: [HTTPRequestHead]) {
        let made = try #require(TestCertificates.shared)
        return try await FakeServer.serving(tls: made.server(certificate), version) { server in
            do {
                try await server.withClient { access in
                    access.certificateAuthority = .file(made.path("ca.crt"))
                    change(&access)
                } _: {
                    _ = try await $0.version()
                }
                return (nil, server.requests)
            } catch let error as KubernetesError {
                return (error, server.requests)
            }
        }
    }

    @Test func aGoodCertificateIsTrusted() async throws {
        let (error, requests) = try await Self.ask("server") { $0.token = "secret" }
        #expect(error == nil && requests.first?.headers["authorization"] == ["Bearer secret"])
    }

    @Test func otherAuthoritiesAreNot() async throws {
        let made = try #require(TestCertificates.shared)
        let (error, requests) = try await Self.ask("server") { $0.certificateAuthority = .file(made.path("other.crt")) }
        #expect(error?.code == .tlsUntrusted && requests.isEmpty, "\(String(describing: error))")
        // The system's authorities do not know it either.
        let (system, _) = try await Self.ask("server") { $0.certificateAuthority = nil }
        #expect(system?.code == .tlsUntrusted)
        let (skipped, _) = try await Self.ask("server") {
            $0.certificateAuthority = nil
            $0.insecureSkipTLSVerify = true
        }
        #expect(skipped == nil)
    }

    @Test func aWrongNameIsTold() async throws {
        let (error, _) = try await Self.ask("wrong-name")
        #expect(
            error?.code == .tlsUntrusted && error?.reason.contains("not for 127.0.0.1") == true,
            "\(String(describing: error))")
        let (named, requests) = try await Self.ask("wrong-name") { $0.tlsServerName = "elsewhere.test" }
        #expect(named == nil, "\(String(describing: named))")
        #expect(requests.first?.headers["host"].first?.hasPrefix("127.0.0.1:") == true)
        let (other, _) = try await Self.ask("wrong-name") { $0.tlsServerName = "other.test" }
        #expect(other?.code == .tlsUntrusted)
    }

    @Test func anExpiredServerIsToldApart() async throws {
        let (error, _) = try await Self.ask("expired")
        #expect(error?.code == .serverCertificateExpired, "\(String(describing: error))")
        #expect(error?.reason.contains("expired at 20") == true)
    }

    @Test func anExpiredClientDoesNotConnect() async throws {
        let made = try #require(TestCertificates.shared)
        let (error, requests) = try await Self.ask("server") {
            $0.clientCertificate = .file(made.path("client-expired.crt"))
            $0.clientKey = .file(made.path("client-expired.key"))
        }
        #expect(error?.code == .certificateExpired && requests.isEmpty)
        #expect(error?.subject == made.path("client-expired.crt"))
        let (fine, _) = try await Self.ask("server") {
            $0.clientCertificate = .file(made.path("client.crt"))
            $0.clientKey = .file(made.path("client.key"))
        }
        #expect(fine == nil)
    }

    @Test func keysThatDoNotFitAreFound() async throws {
        let made = try #require(TestCertificates.shared)
        for (certificate, key) in [
            ("client.crt", "server.key"), ("client.crt", "client.crt"), ("client.key", "client.key"),
        ] {
            let (error, _) = try await Self.ask("server") {
                $0.clientCertificate = .file(made.path(certificate))
                $0.clientKey = .file(made.path(key))
            }
            #expect(error?.code == .badKubeconfig, "\(certificate) \(key) \(String(describing: error))")
        }
        let (missing, _) = try await Self.ask("server") { $0.certificateAuthority = .file("/nonexistent/ca.crt") }
        #expect(missing?.code == .badKubeconfig && missing?.subject == "/nonexistent/ca.crt")
    }

    @Test func aServerWithoutTLSIsTold() async throws {
        try await FakeServer.serving({ _ in [.http(400, "Client sent an HTTPS request")] }) { server in
            let error = await #expect(throws: KubernetesError.self) {
                try await server.withClient(
                    { $0.server = "https://127.0.0.1:\(server.port)" }, connectTimeout: .seconds(1)
                ) { try await $0.version() }
            }
            #expect(error?.code == .tlsHandshake || error?.code == .connectionLost || error?.code == .timeout)
        }
    }

    @Test func aRotatedTokenIsReadAgain() async throws {
        let made = try #require(TestCertificates.shared)
        let file = made.path("token-\(UInt64.random(in: 0...UInt64.max))")
        let script: FakeServer.Script = { request in
            request.head.headers["authorization"] == ["Bearer new"]
                ? [.http(200, #"{"gitVersion":"v1"}"#)] : [.http(401, "no")]
        }
        try await FakeServer.serving(tls: made.server("server"), script) { server in
            try await server.withClient {
                $0.certificateAuthority = .file(made.path("ca.crt"))
                $0.tokenFile = file
            } _: { client in
                let missing = await #expect(throws: KubernetesError.self) { try await client.version() }
                #expect(missing?.code == .badKubeconfig && missing?.subject == file)
                try "old\n".write(toFile: file, atomically: true, encoding: .utf8)
                let refused = await #expect(throws: KubernetesError.self) { try await client.version() }
                #expect(refused?.code == .unauthorized && server.requests.count == 1)
                try "new\n".write(toFile: file, atomically: true, encoding: .utf8)
                let version = try await client.version()
                #expect(version.gitVersion == "v1" && server.requests.count == 3)
            }
        }
    }

    @Test func execVerifiesTheSameWay() async throws {
        let made = try #require(TestCertificates.shared)
        for (certificate, code) in [
            ("server", nil), ("wrong-name", KubernetesError.Code.tlsUntrusted), ("expired", .serverCertificateExpired),
        ] {
            try await FakeServer.serving(tls: made.server(certificate), { [.upgrade($0), .frame(1, "hi"), .success] }) {
                server in
                try await server.withClient {
                    $0.certificateAuthority = .file(made.path("ca.crt"))
                    $0.token = "secret"
                } _: { client in
                    do {
                        let result = try await client.exec(namespace: "ns", pod: "web", argv: ["ls"]) { _, _ in }
                        #expect(result == .exited(code: 0) && code == nil)
                        #expect(server.requests.first?.headers["authorization"] == ["Bearer secret"])
                    } catch let error as KubernetesError {
                        #expect(error.code == code, "\(error)")
                        #expect(server.requests.isEmpty)
                    }
                }
            }
        }
    }
}
