import Foundation
import Probes
import Testing

/// The TLS probe against real servers, and what `openssl s_client` says of the same ones.
@Suite(.timeLimit(.minutes(2)))
struct TLSProbeTests {
    private func dial(
        _ port: Int, name: String? = "www.example.org", alpn: [String] = [], roots: String? = nil,
        limit: Duration = .seconds(20)
    ) async throws -> TLSAnswer {
        let roots = try roots.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
        let question =
            name.map { TLSProbe.Question(host: .name($0), alpn: alpn, roots: roots) }
            ?? TLSProbe.Question(alpn: alpn, roots: roots)
        let result = try await TLSDial(
            try Endpoint("127.0.0.1:\(port)"), question, policy: .standard(allowing: [.loopback]), within: limit
        ).run()
        return try #require(result.answer, "\(result.dialling)")
    }

    /// The number of the verify result, and the chain, of `openssl s_client`.
    private func client(_ ca: TestAuthority, _ port: Int, _ more: [String] = []) throws -> (code: Int?, chain: [String])
    {
        let text = try ca.openssl(
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "www.example.org", "-showcerts", "-CAfile",
                "root.pem",
            ] + more, mayFail: true)
        let code = text.matches(of: /Verify return code: (\d+)/).last.flatMap { Int($0.output.1) }
        let chain = text.matches(of: /-----BEGIN CERTIFICATE-----([A-Za-z0-9+\/=\n]+)-----END/).map {
            $0.output.1.filter { $0 != "\n" }.description
        }
        return (code, chain)
    }

    private func base64(_ chain: [[UInt8]]) -> [String] { chain.map { Data($0).base64EncodedString() } }

    @Test func aChainWithItsIntermediateHolds() async throws {
        let ca = try TestAuthority()
        try ca.issue("good", "/CN=www.example.org", by: "intermediate", extensions: "server")
        let arguments = [
            "-cert", "good.pem", "-key", "good.key", "-cert_chain", "intermediate.pem", "-alpn", "http/1.1",
        ]
        try await ca.serve(arguments) { port in
            let answer = try await dial(port, alpn: ["h2", "http/1.1"], roots: ca.rootFile)
            #expect(answer.isComplete && answer.failure == nil, "\(answer)")
            #expect(answer.isVerified == true && answer.problems.isEmpty)
            #expect(answer.version == "TLSv1.3" && answer.cipher == "TLS_AES_256_GCM_SHA384")
            #expect(answer.group == "X25519" && answer.alpn == "http/1.1")
            #expect(answer.verifiedChain.count == 3 && answer.chain.count == 2)
            let other = try client(ca, port, ["-verify_hostname", "www.example.org"])
            #expect(other.code == 0 && other.chain == base64(answer.chain), "\(other)")
        }
        try await ca.serve(arguments + ["-no_tls1_3"]) { port in
            let answer = try await dial(port, roots: ca.rootFile)
            #expect(answer.isVerified == true && answer.version == "TLSv1.2" && answer.chain.count == 2)
        }
    }

    @Test func everythingThatIsWrongIsTold() async throws {
        let ca = try TestAuthority()
        try ca.issue("expired", "/CN=www.example.org", by: "intermediate", extensions: "server", days: -1)
        try await ca.serve(["-cert", "expired.pem", "-key", "expired.key", "-cert_chain", "intermediate.pem"]) { port in
            let expired = try await dial(port, roots: ca.rootFile)
            #expect(expired.isComplete && expired.isVerified == false)
            #expect(expired.problems.map(\.code) == [10] && expired.chain.count == 2, "\(expired.problems)")
            #expect(try client(ca, port, ["-verify_hostname", "www.example.org"]).code == 10)
            // Both, where s_client tells one.
            let both = try await dial(port, name: "other.example.org", roots: ca.rootFile)
            #expect(Set(both.problems.map(\.code)) == [10, 62], "\(both.problems)")
        }
        try ca.issue("bare", "/CN=www.example.org", by: "intermediate", extensions: "server")
        try await ca.serve(["-cert", "bare.pem", "-key", "bare.key"]) { port in
            let bare = try await dial(port, roots: ca.rootFile)
            #expect(bare.isVerified == false && bare.chain.count == 1)
            #expect(bare.problems.contains { $0.code == 20 }, "\(bare.problems)")
            #expect(try client(ca, port).code == 21)
        }
        try ca.selfSigned("self", "/CN=www.example.org", extensions: "server")
        try await ca.serve(["-cert", "self.pem", "-key", "self.key"]) { port in
            let answer = try await dial(port, roots: ca.rootFile)
            #expect(answer.isVerified == false && answer.problems.map(\.code) == [18], "\(answer.problems)")
            #expect(try client(ca, port).code == 18)
            // What this system trusts does not have it, either.
            #expect(try await dial(port).isVerified == false)
        }
    }

    @Test func theWrongNameIsTold() async throws {
        let ca = try TestAuthority()
        try ca.issue("named", "/CN=www.example.org", by: "root", extensions: "server")
        try await ca.serve(["-cert", "named.pem", "-key", "named.key"]) { port in
            let wrong = try await dial(port, name: "other.example.org", roots: ca.rootFile)
            #expect(wrong.isVerified == false && wrong.problems.map(\.code) == [62], "\(wrong.problems)")
            #expect(try client(ca, port, ["-verify_hostname", "other.example.org"]).code == 62)
            #expect(try await dial(port, name: nil, roots: ca.rootFile).isVerified == true)
            let roots = Array(try Data(contentsOf: URL(fileURLWithPath: ca.rootFile)))
            let byAddress = try await TLSDial(
                try Endpoint("127.0.0.1:\(port)"),
                TLSProbe.Question(host: try Endpoint("127.0.0.1:1").host, roots: roots),
                policy: .standard(allowing: [.loopback]), within: .seconds(20)
            ).run()
            #expect(byAddress.answer?.isVerified == true && byAddress.answer?.serverName == nil)
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func aServerThatWantsACertificateStillShowsItsChain(version: String) async throws {
        let ca = try TestAuthority()
        let name = "mutual\(version)"
        try ca.issue(name, "/CN=www.example.org", by: "root", extensions: "server")
        try await ca.serve(
            ["-cert", "\(name).pem", "-key", "\(name).key", "-Verify", "1", "-verify_return_error", version]
        ) { port in
            let answer = try await dial(port, roots: ca.rootFile)
            #expect(answer.wantsClientCertificate && answer.chain.count == 1 && answer.isVerified == true, "\(answer)")
            #expect(answer.alertReceived == (version == "-tls1_2" ? 40 : 116), "\(answer)")
            #expect(answer.isComplete == (version == "-tls1_3"))
        }
    }

    @Test func aHugeChainIsRefused() async throws {
        let ca = try TestAuthority()
        try ca.issue("huge", "/CN=www.example.org", by: "root", extensions: "server")
        let one = try String(contentsOfFile: ca.rootFile, encoding: .utf8)
        try String(repeating: one, count: 1_000).write(
            toFile: "\(ca.folder)/many.pem", atomically: true, encoding: .utf8)
        try await ca.serve(["-cert", "huge.pem", "-key", "huge.key", "-cert_chain", "many.pem"]) { port in
            let answer = try await dial(port, roots: ca.rootFile)
            #expect(!answer.isComplete && answer.chain.isEmpty && answer.isVerified == nil)
            #expect(answer.failure?.code == .handshakeFailed, "\(answer)")
            #expect(answer.receivedBytes < 2 << 20)
        }
    }

    // MARK: What no honest server does

    @Test func silenceAfterTheConnectionEndsInTime() async throws {
        let server = try FaultServer(.hang)
        let start = ContinuousClock.now
        let answer = try await dial(server.port, limit: .milliseconds(400))
        #expect(answer.failure?.code == .timeout && !answer.isComplete)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func aResetIsAConnectionLost() async throws {
        let server = try FaultServer(.reset)
        #expect(try await dial(server.port).failure?.code == .connectionLost)
        let closing = try FaultServer(.close)
        #expect(try await dial(closing.port).failure?.code == .connectionLost)
    }

    @Test(
        arguments: [
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), Array("SSH-2.0-OpenSSH_9.2\r\n".utf8),
            Array(repeating: UInt8(0), count: 100), [22, 3, 3, 0, 4, 99, 0, 0, 0],
            [22, 3, 3, 0xFF, 0xFF, 2, 0xFF, 0xFF, 0xFF],
            [21, 3, 3, 0, 2, 2, 40],
        ] as [[UInt8]])
    func garbageIsTold(bytes: [UInt8]) async throws {
        let server = try FaultServer(.sayAfterReading(bytes))
        let answer = try await dial(server.port, limit: .seconds(3))
        #expect(!answer.isComplete && answer.chain.isEmpty && answer.isVerified == nil)
        #expect([.handshakeFailed, .timeout].contains(answer.failure?.code), "\(answer)")
        if bytes.first != 22, bytes.first != 21 {
            #expect(answer.garbage?.isEmpty == false && answer.failure?.reason.contains("does not speak TLS") == true)
        }
        if bytes.first == 21 { #expect(answer.alertReceived == 40) }
    }

    @Test func aFloodEnds() async throws {
        // Empty handshake records, without end.
        let server = try FaultServer(.flood(Array(repeating: [22, 3, 3, 0, 0], count: 1_000).flatMap { $0 }))
        let answer = try await dial(server.port, limit: .seconds(10))
        #expect(!answer.isComplete && answer.receivedBytes < 4 << 20, "\(answer)")
    }
}
