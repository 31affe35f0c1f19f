import KubernetesClient
import TestSupport
import Testing

/// Connections to ports of pods, by way of a server that breaks every promise of the protocol.
@Suite(.timeLimit(.minutes(1)))
struct PortForwardFaultTests {
    private static let v4 = "v4.channel.k8s.io"
    /// 8443, the low byte first, on both channels.
    private static let greeting: [FakeStep] = [.frame([0, 0xFB, 0x20]), .frame([1, 0xFB, 0x20])]

    private struct End {
        var bytes: [UInt8] = []
        var error: KubernetesError?
    }

    private static func run(
        sending: [UInt8] = [], _ script: @escaping FakeServer.Script
    ) async throws -> (end: End, received: [UInt8], uris: [String]) {
        try await FakeServer.serving(script) { server in
            try await server.withClient { client in
                var end = End()
                do {
                    try await client.forward(namespace: "ns", pod: "web", port: 8443) { port in
                        if !sending.isEmpty { try await port.send(sending) }
                        while let more = try await port.receive() { end.bytes += more }
                    }
                } catch let error as KubernetesError {
                    end.error = error
                }
                return (end, server.received, server.requests.map(\.uri))
            }
        }
    }

    private static func saying(_ steps: [FakeStep]) -> FakeServer.Script {
        { request in [.upgrade(request, subprotocol: v4)] + steps + [.close] }
    }

    @Test func bytesComeInOrder() async throws {
        let (end, _, uris) = try await Self.run(
            Self.saying(Self.greeting + [.frame(0, "a"), .frame(0, ""), .frame(0, "bc")]))
        #expect(end.bytes == Array("abc".utf8) && end.error == nil, "\(String(describing: end.error))")
        #expect(uris == ["/api/v1/namespaces/ns/pods/web/portforward?ports=8443"])
    }

    @Test func messagesMayBeInFragments() async throws {
        let (end, _, _) = try await Self.run(
            Self.saying([
                .frame([0], fin: false), .frame([0xFB], opcode: 0, fin: false), .frame([0x20], opcode: 0),
                .frame([1, 0xFB], fin: false), .frame([0x20], opcode: 0),
                .frame([0], fin: false), .frame(Array("ab".utf8), opcode: 0, fin: false),
                .frame(Array("c".utf8), opcode: 0),
            ]))
        #expect(end.bytes == Array("abc".utf8) && end.error == nil, "\(String(describing: end.error))")
    }

    @Test func whatTheNodeSaysIsTheError() async throws {
        let refused = try await Self.run(
            Self.saying(Self.greeting + [.frame(1, "dial tcp4 127.0.0.1:8443: connect: connection refused")]))
        #expect(refused.end.error?.code == .connectionRefused)
        let other = try await Self.run(Self.saying(Self.greeting + [.frame(1, "no network\u{1B}[2J namespace")]))
        #expect(other.end.error?.code == .unreachable)
        #expect(other.end.error?.reason.contains("no network") == true)
        #expect(other.end.error?.reason.contains("\u{1B}") == false)
    }

    @Test(
        arguments: [
            // Another port; a greeting that is too long, or too short; an unknown channel; a fragment of nothing.
            [.frame([0, 0xFC, 0x20])], [.frame([0, 0xFB, 0x20, 0])], [.frame([0, 0xFB])], [.frame([2, 0xFB, 0x20])],
            [.frame([0, 0xFB], opcode: 0)], [.frame([0, 0xFB, 0x20], opcode: 1)],
        ] as [[FakeStep]])
    func whatIsNotTheProtocolEndsIt(steps: [FakeStep]) async throws {
        let (end, _, _) = try await Self.run(Self.saying(steps))
        #expect(end.bytes.isEmpty && end.error?.code == .badResponse, "\(String(describing: end.error))")
    }

    @Test func refusalsAreTold() async throws {
        let forbidden = try await Self.run { _ in
            [
                .http(
                    403,
                    #"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"no","code":403}"#
                ),
                .close,
            ]
        }
        #expect(forbidden.end.error?.code == .forbidden)
        let old = try await Self.run { _ in [.http(400, "unable to upgrade"), .close] }
        #expect(old.end.error?.code == .unsupported)
        let other = try await Self.run { [.upgrade($0, subprotocol: "v5.channel.k8s.io"), .close] }
        #expect(other.end.error?.code == .unsupported)
    }

    @Test func aRefusalForNowIsTriedAgain() async throws {
        let (end, _, uris) = try await Self.run { request in
            request.number < 2
                ? [.http(429, "later", headers: [("Retry-After", "0")]), .close]
                : [.upgrade(request, subprotocol: Self.v4)] + Self.greeting + [.frame(0, "x"), .close]
        }
        #expect(end.bytes == Array("x".utf8) && uris.count == 3, "\(String(describing: end.error))")
    }
}
