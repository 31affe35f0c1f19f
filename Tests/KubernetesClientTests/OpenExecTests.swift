import Foundation
import KubernetesClient
import NIOHTTP1
import TestSupport
import Testing

/// Commands whose input stays open, of a server that does not let them begin at once.
@Suite(.timeLimit(.minutes(1)))
struct OpenExecTests {
    private static let later = FakeStep.http(429, "later", headers: [("Retry-After", "0")])

    /// What a conversation says until its command ends.
    private static func talk(_ client: KubernetesClient) async throws -> [ExecPiece] {
        let session = try await client.openExec(namespace: "ns", pod: "agent", container: "c", argv: ["serve"])
        defer { session.close() }
        var pieces: [ExecPiece] = []
        while true {
            pieces += try await session.next()
            if case .ended = pieces.last { return pieces }
        }
    }

    @Test func aRefusalForNowIsTriedAgain() async throws {
        let script: FakeServer.Script = { request in
            request.number < 2 ? [Self.later, .close] : [.upgrade(request), .frame(1, "out"), .success]
        }
        try await FakeServer.serving(script) { server in
            try await server.withClient { client in
                let pieces = try await Self.talk(client)
                #expect(pieces == [.output(.stdout, Array("out".utf8)), .ended(.exited(code: 0))])
                #expect(server.requests.count == 3)
                #expect(client.usage.execs == 1 && client.usage.retries == 2 && client.usage.throttled == 2)
            }
        }
    }

    @Test func aServerThatNeverWantsIsGivenUp() async throws {
        try await FakeServer.serving({ _ in [Self.later, .close] }) { server in
            try await server.withClient { client in
                let error = await #expect(throws: KubernetesError.self) { try await Self.talk(client) }
                #expect(error?.code == .tooManyRequests && server.requests.count > 1)
            }
        }
    }

    @Test(arguments: [
        (403, KubernetesError.Code.forbidden), (404, .notFound), (400, .badRequest), (401, .unauthorized),
    ])
    func otherRefusalsAreToldAtOnce(status: Int, code: KubernetesError.Code) async throws {
        try await FakeServer.serving({ _ in [.http(status, "no"), .close] }) { server in
            try await server.withClient { client in
                let error = await #expect(throws: KubernetesError.self) { try await Self.talk(client) }
                #expect(error?.code == code && server.requests.count == 1, "\(String(describing: error))")
            }
        }
    }

    /// A token in a file that has another one meanwhile, as that of a service account does after an hour.
    @Test(
        .enabled(if: TestCertificates.shared != nil, "the openssl command is needed to make certificates"),
        arguments: [true, false])
    func aCredentialThatWasRefusedIsRenewedOnce(isGood: Bool) async throws {
        let made = try #require(TestCertificates.shared)
        let file = made.path("token-\(UInt64.random(in: 0...UInt64.max))")
        try "old\n".write(toFile: file, atomically: true, encoding: .utf8)
        let script: FakeServer.Script = { request in
            if request.head.headers["authorization"] == ["Bearer new"], isGood {
                return [.upgrade(request), .success]
            }
            let next = request.number == 0 ? "new" : "newer"
            return [
                .call { try? "\(next)\n".write(toFile: file, atomically: true, encoding: .utf8) }, .http(401, "no"),
                .close,
            ]
        }
        try await FakeServer.serving(tls: made.server("server"), script) { server in
            try await server.withClient {
                $0.certificateAuthority = .file(made.path("ca.crt"))
                $0.tokenFile = file
            } _: { client in
                if isGood {
                    let pieces = try await Self.talk(client)
                    #expect(pieces == [.ended(.exited(code: 0))])
                } else {
                    let error = await #expect(throws: KubernetesError.self) { try await Self.talk(client) }
                    #expect(error?.code == .unauthorized)
                }
            }
            #expect(
                server.requests.map { $0.headers["authorization"] } == [["Bearer old"], ["Bearer new"]])
        }
    }
}
